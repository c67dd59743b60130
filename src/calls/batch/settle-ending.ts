import { formatCount, ProviderError } from "../../core/index.ts";
import type { Failure } from "../failure.ts";
import { identifyCall } from "../identity.ts";
import { explainAllRefused, explainFatal } from "../provider-errors.ts";
import type { CallingOptions } from "./batch-options.ts";
import type { CallRouter } from "./call-router.ts";
import type { BatchEnding, OpenBatch } from "./open-batch.ts";
import type { Outcomes } from "./outcomes.ts";
import { readRequest } from "./read-request.ts";
import { recordFailure } from "./record-failure.ts";

export interface SettleOptions {
  readonly calling: CallingOptions;
  readonly router: CallRouter;
  readonly outcomes: Outcomes<unknown>;
}

/** Batches that a call is sent in before it is given up. */
const mostSends = 4;
/** A provider that refuses every line of the first batch, if it has so many, will refuse the rest. */
const noneAnswered = 20;

/**
 * Deals with the calls of an ended batch that have no answer: a failure for good is a row, everything else is asked again.
 * @throws ProviderError where the batch says that no call can succeed; the batch is over in the ledger then, too.
 */
export async function settleEnding(batch: OpenBatch, ending: BatchEnding, options: SettleOptions): Promise<void> {
  const { calling, router, outcomes } = options;
  const { intent_id: intentId } = batch.row;
  if (ending.kind === "elsewhere") return settleElsewhere(intentId, options);
  if (ending.kind !== "refused") router.noteRoom();
  noteEnding(batch, ending, calling);
  try {
    await settleCalls(batch, ending, options);
  } catch (error) {
    if (error instanceof ProviderError) closeBatch(batch, ending, calling);
    throw error;
  }
  closeBatch(batch, ending, calling);
  settleBought(intentId, outcomes, calling);
}

async function settleCalls(batch: OpenBatch, ending: BatchEnding, options: SettleOptions): Promise<void> {
  const { calling, router } = options;
  const { intent_id: intentId, batch_id: batchId } = batch.row;
  if (ending.kind === "refused") {
    const calls = [...calling.ledger.batches.calls(intentId)].map(({ identity, request }) => ({
      identity,
      json: request,
    }));
    await router.refuse(calls, ending.errors, { intentId, batchId });
  }
  if (ending.kind === "refused" || ending.kind === "never") forgetSends(intentId, options);
  if (ending.kind === "collected") await settleFailures(batch, { ...options, failures: ending.collected.failures });
  await routeRest(batch, ending, options);
}

function closeBatch({ row }: OpenBatch, ending: BatchEnding, { ledger }: CallingOptions): void {
  ledger.batches.close(row.intent_id, {
    state: ending.kind === "never" ? "abandoned" : "collected",
    error: ending.kind === "refused" ? (ending.errors[0]?.message ?? "refused") : null,
  });
}

/** A batch that was not taken does not count as a try of its calls. */
function forgetSends(intentId: string, { outcomes }: SettleOptions): void {
  for (const identity of outcomes.waitingIn(intentId)) {
    const waiting = outcomes.get(identity);
    if (waiting !== undefined) waiting.sends = Math.max(0, waiting.sends - 1);
  }
}

interface FailureOptions extends SettleOptions {
  readonly failures: ReadonlyMap<string, Failure>;
}

/** @throws ProviderError for a failure that ends the run, after all rows have been seen to. */
async function settleFailures(batch: OpenBatch, options: FailureOptions): Promise<void> {
  const { calling, outcomes, failures } = options;
  const { intent_id: intentId, batch_id: batchId } = batch.row;
  let fatal: Failure | null = null;
  let refused = 0;
  let last: Failure | null = null;
  for (const [identity, failure] of failures) {
    if (failure.kind === "bug") throw failure.cause;
    if (failure.kind === "fatal") fatal ??= failure;
    const sends = outcomes.get(identity)?.sends ?? 1;
    const isFinal = failure.kind === "row";
    if (!isFinal && (failure.kind === "fatal" || sends < mostSends)) continue;
    const call = calling.ledger.batches.call(intentId, identity);
    if (call === null) continue;
    const { code, message } = failure;
    const tries = Math.max(1, sends);
    const record = { intentId, batchId, failure: { code, message }, isFinal, tries, calling };
    await recordFailure({ identity, json: call.request }, record);
    last = failure;
    refused++;
    if (outcomes.get(identity) !== undefined) outcomes.failed(identity, { code, message, tries });
  }
  const isHopeless = outcomes.counts.answered === 0 && refused >= noneAnswered && refused === batch.row.calls;
  if (isHopeless && last !== null) throw explainAllRefused(calling.model, last, refused);
  if (fatal !== null) throw explainFatal(calling.model, fatal);
}

/** Sends the calls on that have no outcome and that this run asks; the others are let go. */
async function routeRest(batch: OpenBatch, ending: BatchEnding, options: SettleOptions): Promise<void> {
  const { calling, router, outcomes } = options;
  const { intent_id: intentId, batch_id: batchId } = batch.row;
  const { batches } = calling.ledger;
  for (const { identity, request: json } of batches.calls(intentId)) {
    const waiting = outcomes.get(identity);
    // A newer batch has it already, where a kill came between that one's intent and the end of this.
    if (waiting === undefined || batches.intentOf(identity) !== intentId) continue;
    if (waiting.sends >= mostSends) {
      const failure = { code: undoneCode(ending), message: `Not answered in ${mostSends} batches` };
      const tries = waiting.sends;
      await recordFailure({ identity, json }, { intentId, batchId, failure, isFinal: false, tries, calling });
      outcomes.failed(identity, { ...failure, tries });
      continue;
    }
    waiting.intentId = null;
    await router.route({ identity, json, from: intentId }, readRequest(json, identity));
  }
}

function undoneCode(ending: BatchEnding): string {
  return ending.kind === "collected" && !ending.isCut ? "no_answer" : "batch_expired";
}

/** Calls that this run waits for, and that another one has brought in. */
function settleBought(intentId: string, outcomes: Outcomes<unknown>, { ledger }: CallingOptions): void {
  for (const identity of outcomes.waitingIn(intentId)) if (ledger.has(identity)) outcomes.boughtElsewhere(identity);
}

async function settleElsewhere(intentId: string, { calling, router, outcomes }: SettleOptions): Promise<void> {
  settleBought(intentId, outcomes, calling);
  for (const identity of outcomes.waitingIn(intentId)) {
    const waiting = outcomes.get(identity);
    if (waiting?.kept == null) continue;
    const { kept } = waiting;
    waiting.intentId = null;
    await router.route({ identity, json: identifyCall(calling.model, kept).request, from: null }, kept);
  }
}

function noteEnding({ row }: OpenBatch, ending: BatchEnding, { onNote }: CallingOptions): void {
  const name = row.batch_id ?? row.intent_id;
  if (ending.kind === "gone") {
    onNote?.(`The results of batch ${name} are no longer there (${ending.reason}): its calls are asked again.`);
  } else if (ending.kind === "never" && !ending.isCertain) {
    onNote?.(`Whether a batch of ${formatCount(row.calls)} calls was made cannot be found out: they are asked again.`);
  } else if (ending.kind === "collected" && ending.collected.strangeLines > 0) {
    const { strangeLines: count } = ending.collected;
    const lines = count === 1 ? "1 line that is" : `${formatCount(count)} lines that are`;
    onNote?.(`Batch ${name} had ${lines} none of its calls.`);
  }
}
