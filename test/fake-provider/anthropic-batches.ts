import { anthropicProtocol } from "./anthropic.ts";
import type { BatchLine, BatchRecord, BatchStage, LineOutcome } from "./batch-board.ts";
import type { FakeApp, FakeServer } from "./fake-server.ts";
import { pageOf } from "./pages.ts";

interface CreateBody {
  readonly requests?: readonly { readonly custom_id?: unknown; readonly params?: unknown }[];
}

const idPattern = /^[a-zA-Z0-9_-]{1,64}$/;
const mostRequests = 100_000;

/** Anthropic's message batches. */
export function addAnthropicBatches(app: FakeApp, { batches, newId, state }: FakeServer): void {
  app.post("/v1/messages/batches", async (c) => {
    const { requests } = await c.req.json<CreateBody>();
    try {
      const lines = readRequests(requests);
      const id = newId("msgbatch");
      return c.json(describe(batches.add({ id, protocol: "anthropic", lines }), originOf(c.req.url)));
    } catch (error) {
      return c.json(errorBody("invalid_request_error", (error as Error).message), 400);
    }
  });
  app.get("/v1/messages/batches", (c) => {
    const origin = originOf(c.req.url);
    const { object: _, ...page } = pageOf(batches.list("anthropic"), {
      after: c.req.query("after_id"),
      limit: c.req.query("limit"),
      describe: (batch) => describe(batch, origin),
    });
    return c.json(page);
  });
  app.get("/v1/messages/batches/:id", (c) => {
    const batch = batches.get(c.req.param("id"));
    return batch === null ? c.json(noBatch(c.req.param("id")), 404) : c.json(describe(batch, originOf(c.req.url)));
  });
  app.post("/v1/messages/batches/:id/cancel", (c) => {
    const batch = batches.get(c.req.param("id"));
    if (batch === null) return c.json(noBatch(c.req.param("id")), 404);
    if (hasEnded(batch.stage)) {
      return c.json(errorBody("invalid_request_error", `Batch ${batch.id} has already ended.`), 400);
    }
    batches.cancel(batch);
    return c.json(describe(batch, originOf(c.req.url)));
  });
  app.get("/v1/messages/batches/:id/results", (c) => {
    const batch = batches.get(c.req.param("id"));
    if (batch === null) return c.json(noBatch(c.req.param("id")), 404);
    if (!hasEnded(batch.stage)) {
      return c.json(errorBody("not_found_error", `Batch ${batch.id} has no available results.`), 404);
    }
    const lines = [...batch.outcomes].map(([custom_id, outcome]) =>
      JSON.stringify({ custom_id, result: resultOf(outcome) }),
    );
    const edited = state.options.editResults?.(lines) ?? lines;
    return c.body(edited.map((line) => `${line}\n`).join(""), 200, { "content-type": "application/x-jsonl" });
  });
}

function readRequests(requests: CreateBody["requests"]): BatchLine[] {
  if (!Array.isArray(requests) || requests.length === 0) throw new Error("requests: List should have at least 1 item");
  if (requests.length > mostRequests) throw new Error(`requests: List should have at most ${mostRequests} items`);
  const known = new Set<string>();
  return requests.map(({ custom_id: customId, params }, index) => {
    if (typeof customId !== "string" || !idPattern.test(customId)) {
      throw new Error(`requests.${index}.custom_id: String should match pattern '${idPattern.source}'`);
    }
    if (known.has(customId)) throw new Error(`requests.${index}.custom_id: Duplicate custom_id: ${customId}`);
    known.add(customId);
    return { customId, request: anthropicProtocol.readRequest(params, ""), text: JSON.stringify(params) };
  });
}

function originOf(url: string): string {
  return new URL(url).origin;
}

function hasEnded(stage: BatchStage): boolean {
  return !["validating", "in_progress", "finalizing", "cancelling"].includes(stage);
}

function errorBody(type: string, message: string) {
  return { type: "error", error: { type, message }, request_id: "req_fake" };
}

function noBatch(id: string) {
  return errorBody("not_found_error", `No batch found with id ${id}`);
}

function resultOf(outcome: LineOutcome) {
  switch (outcome.kind) {
    case "answered":
      return { type: "succeeded", message: outcome.body };
    case "refused":
      return { type: "errored", error: outcome.body };
    case "expired":
      return { type: "expired" };
    case "cancelled":
      return { type: "canceled" };
  }
}

/** Counts stay at `processing` until the batch has ended, as Anthropic keeps them. */
function describe({ id, stage, lines, outcomes, reachedAt, createdAt }: BatchRecord, origin: string) {
  const isEnded = hasEnded(stage);
  const kinds = [...outcomes.values()].map(({ kind }) => kind);
  const count = (kind: LineOutcome["kind"]): number => (isEnded ? kinds.filter((one) => one === kind).length : 0);
  const endedAt = Math.max(
    ...(["completed", "expired", "cancelled", "failed"] as const).map((end) => reachedAt[end] ?? 0),
  );
  return {
    id,
    type: "message_batch",
    processing_status: isEnded ? "ended" : stage === "cancelling" ? "canceling" : "in_progress",
    request_counts: {
      processing: isEnded ? 0 : lines.length,
      succeeded: count("answered"),
      errored: count("refused"),
      canceled: count("cancelled"),
      expired: count("expired"),
    },
    created_at: new Date(createdAt).toISOString(),
    expires_at: new Date(createdAt + 86_400_000).toISOString(),
    ended_at: isEnded ? new Date(endedAt).toISOString() : null,
    cancel_initiated_at: reachedAt.cancelling === undefined ? null : new Date(reachedAt.cancelling).toISOString(),
    archived_at: null,
    results_url: isEnded ? `${origin}/v1/messages/batches/${id}/results` : null,
  };
}
