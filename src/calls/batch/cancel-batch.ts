import type { BatchApi } from "../../models/index.ts";
import type { LedgerBatches } from "../ledger/ledger-batches.ts";
import type { OpenBatch } from "./open-batch.ts";
import { askOnce, pause } from "./patience.ts";

export interface CancelOptions {
  readonly api: BatchApi;
  readonly batches: LedgerBatches;
  /** Ends the waiting for what the batch had done. */
  readonly cut: AbortSignal;
  readonly bringIn: (batch: OpenBatch, signal: AbortSignal) => Promise<unknown>;
}

const requestTimeoutMs = 10_000;
const lookMs = 500;

/** Ends a batch at the provider, and brings in what it had done by then where that is ready before the cut; the next start does otherwise. */
export async function cancelBatch(batch: OpenBatch, { api, batches, cut, bringIn }: CancelOptions): Promise<void> {
  const { intent_id: intentId, batch_id: batchId } = batch.row;
  const id = batchId ?? "";
  batches.mark(intentId, { state: "cancelling" });
  // Asked for even after the cut: what is not cancelled is charged.
  const never = new AbortController().signal;
  await askOnce((signal) => api.cancel(id, signal), { cut: never, timeoutMs: requestTimeoutMs });
  while (!cut.aborted) {
    const looked = await askOnce((signal) => api.status(id, signal), { cut, timeoutMs: requestTimeoutMs });
    if ("value" in looked && looked.value.phase === "ended") {
      const read = await askOnce((signal) => bringIn(batch, signal), { cut, timeoutMs: requestTimeoutMs });
      if ("value" in read) batches.close(intentId, { state: "collected" });
      return;
    }
    await pause(lookMs, cut).catch(() => undefined);
  }
}
