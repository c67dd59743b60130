import type { BatchApi, BatchItem, ResolvedModel, TokenPrice } from "../../models/index.ts";
import { readAnswer } from "../attempt.ts";
import { toLedgerCall } from "../call-records.ts";
import { classifyFailure, type Failure } from "../failure.ts";
import type { LedgerBatches } from "../ledger/ledger-batches.ts";
import type { LedgerBatch, LedgerCall } from "../ledger/ledger-schema.ts";
import { customIdOf, isOfIntent } from "./custom-id.ts";
import { actualLineCost } from "./line-cost.ts";

export interface CollectOptions {
  readonly api: BatchApi;
  readonly batches: LedgerBatches;
  readonly model: ResolvedModel;
  /** Null for a model that costs nothing. */
  readonly price: TokenPrice | null;
  /** Which try of the call this was. */
  readonly triesOf: (identity: string) => number;
  readonly signal: AbortSignal;
  /** Told of answers that are on the disk. */
  readonly onAnswers: (answers: readonly LedgerCall[]) => void;
}

/** What a batch brought. Calls in neither list have their answer in the ledger. */
export interface Collected {
  /** Calls that the provider refused or failed on, by identity. */
  readonly failures: ReadonlyMap<string, Failure>;
  /** Calls that it did not come to, as the batch expired or was cancelled. */
  readonly undone: ReadonlySet<string>;
  /** Calls of which the results say nothing. */
  readonly missing: ReadonlySet<string>;
  /** Lines that are no call of this batch; a second line for one of its calls is left out silently. */
  readonly strangeLines: number;
}

const groupAnswers = 256;

/**
 * Brings a batch's answers to the disk as they arrive, in groups; may be cut at any point and done again. An answer counts more than an error
 * for the same call, whichever comes first.
 * @throws what the download throws.
 */
export async function collectBatch(batch: LedgerBatch, options: CollectOptions): Promise<Collected> {
  const { api, batches, signal, onAnswers } = options;
  const waiting = new Map<string, string>();
  for (const { identity } of batches.calls(batch.intent_id)) {
    waiting.set(customIdOf(identity, batch.intent_id), identity);
  }
  const failures = new Map<string, Failure>();
  const undone = new Set<string>();
  let strangeLines = 0;
  let group: LedgerCall[] = [];
  const commit = async (): Promise<void> => {
    const answers = group;
    group = [];
    await batches.commit(batch.intent_id, answers);
    onAnswers(answers);
  };
  for await (const item of api.results(batch.batch_id ?? "", signal)) {
    const identity = waiting.get(item.customId);
    if (identity === undefined) strangeLines += isOfIntent(item.customId, batch.intent_id) ? 0 : 1;
    else if ("result" in item) {
      waiting.delete(item.customId);
      failures.delete(identity);
      undone.delete(identity);
      const answer = toAnswer(identity, { item, batch, options });
      if (answer !== null) group.push(answer);
      if (group.length >= groupAnswers) await commit();
    } else if ("error" in item) failures.set(identity, classifyFailure(item.error, { isTimedOut: false }));
    else undone.add(identity);
  }
  await commit();
  const missing = new Set(waiting.values());
  for (const identity of [...failures.keys(), ...undone]) missing.delete(identity);
  for (const identity of failures.keys()) undone.delete(identity);
  return { failures, undone, missing, strangeLines };
}

interface AnswerSource {
  readonly item: Extract<BatchItem, { result: unknown }>;
  readonly batch: LedgerBatch;
  readonly options: CollectOptions;
}

/** Null where another process has brought it in meanwhile. */
function toAnswer(identity: string, { item, batch, options }: AnswerSource): LedgerCall | null {
  const { batches, model, price, triesOf } = options;
  const call = batches.call(batch.intent_id, identity);
  if (call === null) return null;
  const latencyMs = Math.max(0, Date.now() - Date.parse(batch.submitted_at ?? batch.created_at));
  const answer = readAnswer(item.result, latencyMs);
  return toLedgerCall(
    { identity, requestJson: call.request, tries: triesOf(identity) },
    {
      answer,
      costUsd: actualLineCost(answer, price, call.reserved_usd),
      caller: { model, role: batch.role, batchId: batch.batch_id ?? undefined },
    },
  );
}
