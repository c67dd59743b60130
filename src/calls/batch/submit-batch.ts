import type { BatchApi, BatchLine } from "../../models/index.ts";
import type { Failure } from "../failure.ts";
import type { LedgerBatches } from "../ledger-batches.ts";
import { askOnce } from "./patience.ts";

export interface SubmitOptions {
  readonly api: BatchApi;
  readonly batches: LedgerBatches;
  readonly intentId: string;
  readonly cut: AbortSignal;
}

/** `isCertain`: no batch was made. Otherwise there may be one, and it has to be looked for. */
export type SubmitOutcome = { readonly batchId: string } | { readonly failure: Failure; readonly isCertain: boolean };

/** An upload of tens of megabytes over a slow line. */
const submitTimeoutMs = 20 * 60_000;
/** Statuses below 500 of which a proxy in between may know less than the server. */
const doubtfulStatuses = new Set([408, 409, 425, 499]);

/** One try. What the provider says of file and batch is on the disk when this returns. */
export async function trySubmit(
  lines: readonly BatchLine[],
  { api, batches, intentId, cut }: SubmitOptions,
): Promise<SubmitOutcome> {
  let fileId: string | null = null;
  const onUploaded = (id: string): void => {
    fileId = id;
    batches.mark(intentId, { state: "uploaded", input_file_id: id });
  };
  const tried = await askOnce((signal) => api.submit(lines, { intentId, signal, onUploaded }), {
    cut,
    timeoutMs: submitTimeoutMs,
  });
  if ("value" in tried) {
    const batchId = tried.value;
    batches.mark(intentId, { state: "submitted", batch_id: batchId, submitted_at: new Date().toISOString() });
    return { batchId };
  }
  const { failure } = tried;
  const isCertain = (api.uploadsFirst && fileId === null) || isRefusal(failure);
  if (isCertain && fileId !== null) {
    await askOnce((signal) => api.discardUpload(fileId ?? "", signal), { cut, timeoutMs: 10_000 });
    batches.mark(intentId, { state: "intent", input_file_id: null });
  }
  return { failure, isCertain };
}

function isRefusal({ status, code }: Failure): boolean {
  if (status === null) return code === "unreachable" || code === "bad_certificate";
  return status >= 300 && status < 500 && !doubtfulStatuses.has(status);
}
