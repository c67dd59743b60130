import { type BatchBoard, type BatchLine, type BatchPlan, createBatchBoard, type LineOutcome } from "./batch-board.ts";
import { decideReply, keyOfBody, renderAnswer } from "./calls.ts";
import type { FakeAnswer } from "./contract.ts";
import type { Protocol } from "./protocol.ts";
import { protocols } from "./protocols.ts";
import { usageOf } from "./replies.ts";
import { countOne, type ServerState } from "./server-state.ts";

/** The batches of a server, whose lines get the scripted replies at half the price. */
export function createServerBatches(state: ServerState): BatchBoard {
  const { batchMs = 0, batchPlan } = state.options;
  return createBatchBoard({
    now: state.now,
    planOf(batch): BatchPlan {
      const usual: BatchPlan = { ms: batchMs, doneShare: 1, end: "completed", cancelMs: 0 };
      return { ...usual, ...batchPlan?.(batch) };
    },
    runLine: (line, { protocol }) => runLine(state, line, protocols[protocol]),
  });
}

function runLine(state: ServerState, { request, text }: BatchLine, protocol: Protocol): LineOutcome {
  const prompt = request.messages.at(-1)?.content ?? "";
  const key = keyOfBody(text);
  const earlier = countOne(state.seen, key);
  const index = state.counts.lines++;
  const context = { prompt, earlier, index, protocol: protocol.name, isBatch: true };
  const { models } = state.options;
  if (models !== undefined && !models.includes(request.model)) {
    return refused(protocol.renderError({ error: "model_not_found", model: request.model }));
  }
  const reply = decideReply(state, { request, context, key });
  switch (reply.kind) {
    case "answer":
      return answered(state, { request, reply, prompt, body: renderAnswer(protocol, request, reply, index) });
    case "error":
      return refused(protocol.renderError({ error: reply.error, model: request.model, message: reply.message }));
    case "status":
      return refused({ status: reply.status, body: reply.body ?? { error: { message: `Scripted ${reply.status}` } } });
    default:
      // A line has no connection that could break.
      return refused(protocol.renderError({ error: "server_error", model: request.model }));
  }
}

interface AnsweredLine {
  readonly request: BatchLine["request"];
  readonly reply: FakeAnswer;
  readonly prompt: string;
  readonly body: unknown;
}

function answered(state: ServerState, { request, reply, prompt, body }: AnsweredLine): LineOutcome {
  const usage = reply.usage ?? usageOf(request, reply);
  state.billing.add({ request, prompt, usage, isBatch: true, isReceived: true });
  return { kind: "answered", body };
}

function refused({ status, body }: { status: number; body: unknown }): LineOutcome {
  return { kind: "refused", status, body };
}
