import type { BatchRecord, BatchStage, LineOutcome } from "./batch-board.ts";
import type { FakeApp, FakeServer } from "./fake-server.ts";
import { readBatchFile } from "./openai-batch-file.ts";
import { openAIError } from "./openai-files.ts";
import { pageOf } from "./pages.ts";

interface CreateBody {
  readonly input_file_id?: string;
  readonly endpoint?: string;
  readonly completion_window?: string;
  readonly metadata?: Readonly<Record<string, string>> | null;
}

/** What of a batch only OpenAI's API knows. */
interface BatchFiles {
  readonly inputFileId: string;
  readonly endpoint: string;
  /** Null before the end, or where no line is of that kind. */
  outputFileId: string | null;
  errorFileId: string | null;
  isWritten: boolean;
}

const endpoints = ["/v1/chat/completions", "/v1/responses"];

/** OpenAI's batches over uploaded files. */
export function addOpenAIBatches(app: FakeApp, server: FakeServer): void {
  const { batches, files, newId, state } = server;
  const filesOf = new Map<string, BatchFiles>();
  const describe = (batch: BatchRecord): unknown => {
    const own = filesOf.get(batch.id);
    if (own === undefined) return {};
    if (!own.isWritten && hasResults(batch.stage)) writeResults(server, batch, own);
    return describeBatch(batch, own);
  };

  app.post("/v1/batches", async (c) => {
    const body = await c.req.json<CreateBody>();
    const { input_file_id: inputFileId = "", endpoint = "", completion_window, metadata } = body;
    if (!endpoints.includes(endpoint)) return c.json(openAIError(`Invalid value: '${endpoint}'.`, "endpoint"), 400);
    if (completion_window !== "24h") return c.json(openAIError("Invalid value.", "completion_window"), 400);
    const file = files.get(inputFileId);
    if (file === null) return c.json(openAIError(`No such File object: ${inputFileId}`, "input_file_id"), 400);
    const protocol = endpoint === "/v1/responses" ? "openai-responses" : "openai";
    const waiting = batches.list(protocol).filter(({ stage }) => stage === "validating" || stage === "in_progress");
    const enqueued = { most: state.options.enqueuedTokens ?? Number.POSITIVE_INFINITY, waiting };
    const { lines, errors } = readBatchFile(file.text, { endpoint, protocol, enqueued });
    const id = newId("batch");
    filesOf.set(id, { inputFileId, endpoint, outputFileId: null, errorFileId: null, isWritten: false });
    return c.json(describe(batches.add({ id, protocol, lines, validationErrors: errors, metadata: metadata ?? {} })));
  });
  app.get("/v1/batches", (c) => {
    const all = batches.list().filter(({ id }) => filesOf.has(id));
    return c.json(pageOf(all, { after: c.req.query("after"), limit: c.req.query("limit"), describe }));
  });
  app.get("/v1/batches/:id", (c) => {
    const batch = batches.get(c.req.param("id"));
    return batch === null ? c.json(noBatch(c.req.param("id")), 404) : c.json(describe(batch));
  });
  app.post("/v1/batches/:id/cancel", (c) => {
    const batch = batches.get(c.req.param("id"));
    if (batch === null) return c.json(noBatch(c.req.param("id")), 404);
    if (hasResults(batch.stage) || batch.stage === "failed") {
      const message = `Cannot cancel a batch with status '${batch.stage}'.`;
      return c.json({ error: { message, type: "invalid_request_error", param: null, code: null } }, 409);
    }
    batches.cancel(batch);
    return c.json(describe(batch));
  });
}

function hasResults(stage: BatchStage): boolean {
  return stage === "completed" || stage === "expired" || stage === "cancelled";
}

function noBatch(id: string) {
  return openAIError(`No batch found with id '${id}'.`);
}

function writeResults({ files, newId, state }: FakeServer, { id, outcomes }: BatchRecord, own: BatchFiles): void {
  const output: string[] = [];
  const errors: string[] = [];
  for (const [customId, outcome] of outcomes) {
    const line = JSON.stringify({ id: newId("batch_req"), custom_id: customId, ...resultOf(outcome) });
    (outcome.kind === "answered" ? output : errors).push(line);
  }
  const write = (lines: readonly string[], kind: string): string | null => {
    if (lines.length === 0) return null;
    const filename = `${id}_${kind}.jsonl`;
    const edited = state.options.editResults?.(lines) ?? lines;
    return files.add({ id: newId("file"), filename, purpose: "batch_output", text: `${edited.join("\n")}\n` }).id;
  };
  own.outputFileId = write(output, "output");
  own.errorFileId = write(errors, "error");
  own.isWritten = true;
}

function resultOf(outcome: LineOutcome) {
  const request_id = "req_fake";
  switch (outcome.kind) {
    case "answered":
      return { response: { status_code: 200, request_id, body: outcome.body }, error: null };
    case "refused":
      return { response: { status_code: outcome.status, request_id, body: outcome.body }, error: null };
    case "expired": {
      const message = "This request could not be executed before the completion window expired.";
      return { response: null, error: { code: "batch_expired", message } };
    }
    case "cancelled": {
      const message = "This request was not executed as the batch was cancelled.";
      return { response: null, error: { code: "batch_cancelled", message } };
    }
  }
}

function describeBatch(batch: BatchRecord, { inputFileId, endpoint, outputFileId, errorFileId }: BatchFiles) {
  const { id, stage, metadata, lines, outcomes, validationErrors, reachedAt, createdAt } = batch;
  const kinds = [...outcomes.values()].map(({ kind }) => kind);
  const errors = stage === "failed" ? { object: "list", data: validationErrors } : null;
  const at = (reached: BatchStage): number | null => toSeconds(reachedAt[reached]);
  return {
    id,
    object: "batch",
    endpoint,
    errors,
    input_file_id: inputFileId,
    completion_window: "24h",
    status: stage,
    output_file_id: outputFileId,
    error_file_id: errorFileId,
    created_at: toSeconds(createdAt),
    in_progress_at: at("in_progress"),
    expires_at: toSeconds(createdAt + 86_400_000),
    finalizing_at: at("finalizing"),
    completed_at: at("completed"),
    failed_at: at("failed"),
    expired_at: at("expired"),
    cancelling_at: at("cancelling"),
    cancelled_at: at("cancelled"),
    request_counts: {
      total: stage === "validating" || stage === "failed" ? 0 : lines.length,
      completed: kinds.filter((kind) => kind === "answered").length,
      failed: kinds.filter((kind) => kind === "refused" || kind === "expired").length,
    },
    metadata: Object.keys(metadata).length === 0 ? null : metadata,
  };
}

function toSeconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1000);
}
