import type { BatchLine, BatchRecord, BatchStage, LineOutcome } from "./batch-board.ts";
import type { FakeApp, FakeContextOf, FakeServer } from "./fake-server.ts";
import { googleProtocol } from "./google.ts";

interface CreateBody {
  readonly batch?: {
    readonly displayName?: string;
    readonly display_name?: string;
    readonly inputConfig?: {
      readonly fileName?: string;
      readonly requests?: {
        readonly requests?: readonly { readonly request?: unknown; readonly metadata?: { readonly key?: string } }[];
      };
    };
  };
}

/** What of a batch only Google's API knows. */
interface GoogleBatch {
  readonly model: string;
  readonly displayName: string;
  readonly isByFile: boolean;
  responsesFile: string | null;
}

const usualPageSize = 20;

/** Google's batches, with requests inline or in an uploaded file; gives back what creates one, as that path is under the model's. */
export function addGoogleBatches(app: FakeApp, server: FakeServer): CreateGoogleBatch {
  const { batches, files } = server;
  const own = new Map<string, GoogleBatch>();
  const describe = (batch: BatchRecord): unknown => {
    const details = own.get(batch.id);
    if (details === undefined) return {};
    if (details.isByFile && details.responsesFile === null && hasResults(batch.stage)) {
      details.responsesFile = writeResponses(server, batch);
    }
    return describeOperation(batch, details);
  };

  app.get("/v1beta/batches", (c) => {
    const all = batches.list("google");
    const start = Number(c.req.query("pageToken") ?? 0);
    const end = start + Number(c.req.query("pageSize") ?? usualPageSize);
    const next = end < all.length ? { nextPageToken: String(end) } : {};
    return c.json({ operations: all.slice(start, end).map(describe), ...next });
  });
  app.get("/v1beta/batches/:id", (c) => {
    const batch = batches.get(`batches/${c.req.param("id")}`);
    return batch === null ? c.json(notFound("batch"), 404) : c.json(describe(batch));
  });
  app.post("/v1beta/batches/:action", (c) => {
    const [id, action] = c.req.param("action").split(":");
    const batch = batches.get(`batches/${id}`);
    if (batch === null || action !== "cancel") return c.json(notFound("batch"), 404);
    batches.cancel(batch);
    return c.json({});
  });
  return async (c, model) => {
    const { batch: { inputConfig = {}, ...names } = {} } = await c.req.json<CreateBody>();
    const { fileName } = inputConfig;
    const file = fileName === undefined ? null : files.get(fileName);
    if (fileName !== undefined && file === null) return c.json(notFound(fileName), 404);
    const lines = file === null ? readInline(inputConfig, model) : readFile(file.text, model);
    const id = `batches/${server.newId("fake")}`;
    const displayName = names.displayName ?? names.display_name ?? "";
    own.set(id, { model, displayName, isByFile: file !== null, responsesFile: null });
    return c.json(describe(batches.add({ id, protocol: "google", lines })));
  };
}

export type CreateGoogleBatch = (c: FakeContextOf, model: string) => Promise<Response>;

function readInline(
  { requests }: NonNullable<NonNullable<CreateBody["batch"]>["inputConfig"]>,
  model: string,
): BatchLine[] {
  return (requests?.requests ?? []).map(({ request, metadata }) => toLine(metadata?.key ?? "", request, model));
}

function readFile(text: string, model: string): BatchLine[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const { key, request } = JSON.parse(line) as { key: string; request: unknown };
    return toLine(key, request, model);
  });
}

function toLine(customId: string, request: unknown, model: string): BatchLine {
  return { customId, request: googleProtocol.readRequest(request, model), text: JSON.stringify(request) };
}

function notFound(what: string) {
  return { error: { code: 404, message: `Requested entity was not found: ${what}`, status: "NOT_FOUND" } };
}

/** An expired batch has no results to retrieve. */
function hasResults(stage: BatchStage): boolean {
  return stage === "completed" || stage === "cancelled";
}

function writeResponses({ files, newId }: FakeServer, { outcomes }: BatchRecord): string {
  const id = `files/${newId("batch")}`;
  const lines = [...outcomes].map(([key, outcome]) => JSON.stringify({ key, ...resultOf(outcome) }));
  const text = lines.map((line) => `${line}\n`).join("");
  return files.add({ id, filename: id, purpose: "batch_output", text }).id;
}

function resultOf(outcome: LineOutcome) {
  switch (outcome.kind) {
    case "answered":
      return { response: outcome.body };
    case "refused":
      return { error: (outcome.body as { error: unknown }).error };
    case "expired":
      return { error: { code: 4, message: "The batch expired.", status: "DEADLINE_EXCEEDED" } };
    case "cancelled":
      return { error: { code: 1, message: "The batch was cancelled.", status: "CANCELLED" } };
  }
}

const states: Readonly<Record<BatchStage, string>> = {
  validating: "BATCH_STATE_PENDING",
  in_progress: "BATCH_STATE_RUNNING",
  finalizing: "BATCH_STATE_RUNNING",
  cancelling: "BATCH_STATE_RUNNING",
  completed: "BATCH_STATE_SUCCEEDED",
  failed: "BATCH_STATE_FAILED",
  expired: "BATCH_STATE_EXPIRED",
  cancelled: "BATCH_STATE_CANCELLED",
};

function describeOperation(batch: BatchRecord, { model, displayName, responsesFile, isByFile }: GoogleBatch) {
  const { id, stage, lines, outcomes, createdAt } = batch;
  const kinds = [...outcomes.values()].map(({ kind }) => kind);
  const succeeded = kinds.filter((kind) => kind === "answered").length;
  const failed = kinds.length - succeeded;
  const response = hasResults(stage) ? outputOf(batch, isByFile ? responsesFile : null) : undefined;
  const isDone = !["BATCH_STATE_PENDING", "BATCH_STATE_RUNNING"].includes(states[stage]);
  const error = { code: 13, message: "The batch failed.", status: "INTERNAL" };
  return {
    name: id,
    metadata: {
      "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
      name: id,
      model: `models/${model}`,
      displayName,
      state: states[stage],
      createTime: new Date(createdAt).toISOString(),
      batchStats: {
        requestCount: String(lines.length),
        ...(succeeded === 0 ? {} : { successfulRequestCount: String(succeeded) }),
        ...(failed === 0 ? {} : { failedRequestCount: String(failed) }),
        ...(isDone ? {} : { pendingRequestCount: String(lines.length - kinds.length) }),
      },
      ...(response === undefined ? {} : { output: response }),
    },
    ...(isDone ? { done: true } : {}),
    ...(stage === "failed" ? { error } : {}),
    ...(response === undefined ? {} : { response }),
  };
}

function outputOf({ outcomes }: BatchRecord, responsesFile: string | null) {
  if (responsesFile !== null) return { responsesFile };
  const all = [...outcomes].map(([key, outcome]) => ({ metadata: { key }, ...resultOf(outcome) }));
  return { inlinedResponses: { inlinedResponses: all } };
}
