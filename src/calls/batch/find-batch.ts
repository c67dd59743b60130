import type { BatchApi, BatchStatus } from "../../models/index.ts";
import type { Failure } from "../failure.ts";
import type { LedgerBatches } from "../ledger/ledger-batches.ts";
import type { LedgerBatch } from "../ledger/ledger-schema.ts";
import { isOfIntent } from "./custom-id.ts";
import { askPatiently, type PatienceOptions, pause } from "./patience.ts";

export interface FindOptions {
  readonly api: BatchApi;
  readonly batches: Pick<LedgerBatches, "knows">;
  readonly patience: PatienceOptions;
  /** How long a list may lag behind, from now. */
  readonly graceMs: number;
  readonly pollMs: number;
}

export type Found = { readonly batchId: string } | { readonly failure: Failure } | null;

/** Clocks that are set to the wrong hour, or zone, are within this. */
const skewMs = 26 * 3_600_000;
/** A batch that cannot be looked into yet is waited for only if it was made near its intent. */
const nearMs = 3_600_000;
const firstLookMs = 500;

/**
 * Looks at a provider for the batch of an intent whose submission nobody saw the end of: by the intent in the batch's metadata, or else by the
 * custom ids of its lines. Null where there is none.
 * @throws CancelledError after the halt.
 */
export async function findBatch(intent: LedgerBatch, options: FindOptions): Promise<Found> {
  const { api, patience, graceMs, pollMs } = options;
  if (api.uploadsFirst && intent.input_file_id === null) return null;
  const until = Date.now() + graceMs;
  const rejected = new Set<string>();
  for (let waitMs = Math.min(firstLookMs, pollMs); ; waitMs = Math.min(pollMs * 20, waitMs * 2)) {
    const isLastLook = Date.now() >= until;
    const listed = await askPatiently((signal) => listCandidates(intent, { ...options, rejected, signal }), patience);
    if ("failure" in listed) return listed;
    let isWaiting = false;
    for (const candidate of listed.value) {
      if (candidate.intentId === intent.intent_id) return { batchId: candidate.batchId };
      const peeked = await askPatiently((signal) => api.peekCustomId(candidate.batchId, signal), patience);
      if ("value" in peeked && peeked.value !== null) {
        if (isOfIntent(peeked.value, intent.intent_id)) return { batchId: candidate.batchId };
        rejected.add(candidate.batchId);
      } else if (isRunning(candidate) && isNear(candidate, intent)) isWaiting = true;
    }
    if (isLastLook && !isWaiting) return null;
    await pause(waitMs, patience.halt);
  }
}

interface ListOptions extends FindOptions {
  readonly rejected: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Batches that may be the intent's, the nearest in time first; only the one where its metadata says so. */
async function listCandidates(
  intent: LedgerBatch,
  { api, batches, rejected, signal }: ListOptions,
): Promise<BatchStatus[]> {
  const since = new Date(Date.parse(intent.created_at) - skewMs);
  const candidates: BatchStatus[] = [];
  for await (const status of api.list(since, signal)) {
    if (status.intentId === intent.intent_id) return [status];
    const isOther = status.intentId !== null || batches.knows(status.batchId) || rejected.has(status.batchId);
    const isOtherSize = status.counts !== null && status.counts.total !== intent.calls;
    if (!isOther && !isOtherSize) candidates.push(status);
  }
  return candidates.sort((a, b) => distance(a, intent) - distance(b, intent));
}

function isRunning({ phase }: BatchStatus): boolean {
  return phase === "running" || phase === "cancelling";
}

function isNear(status: BatchStatus, intent: LedgerBatch): boolean {
  return distance(status, intent) <= nearMs;
}

/** Milliseconds between the two beginnings. */
function distance({ createdAt }: BatchStatus, intent: LedgerBatch): number {
  return createdAt === null ? 0 : Math.abs(createdAt.getTime() - Date.parse(intent.created_at));
}
