import type { BatchApi, BatchLine } from "../../models/index.ts";
import type { Failure } from "../failure.ts";
import type { LedgerBatches } from "../ledger/ledger-batches.ts";
import type { LedgerBatch } from "../ledger/ledger-schema.ts";
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
const discardTimeoutMs = 10_000;
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
    markSubmitted(batches, intentId, batchId);
    return { batchId };
  }
  const { failure } = tried;
  const isCertain = (api.uploadsFirst && fileId === null) || isRefusal(failure);
  if (isCertain && fileId !== null) {
    await discardUpload({ input_file_id: fileId }, { api, cut });
    batches.mark(intentId, { state: "intent", input_file_id: null });
  }
  return { failure, isCertain };
}

/** The provider has made a batch. */
export function markSubmitted(batches: LedgerBatches, intentId: string, batchId: string): void {
  batches.mark(intentId, { state: "submitted", batch_id: batchId, submitted_at: new Date().toISOString() });
}

/** Removes the file of a batch that was never made, as well as that goes. */
export async function discardUpload(
  { input_file_id: fileId }: Pick<LedgerBatch, "input_file_id">,
  { api, cut }: Pick<SubmitOptions, "api" | "cut">,
): Promise<void> {
  if (fileId === null) return;
  await askOnce((signal) => api.discardUpload(fileId, signal), { cut, timeoutMs: discardTimeoutMs });
}

function isRefusal({ status, code }: Failure): boolean {
  if (status === null) return code === "unreachable" || code === "bad_certificate";
  return status >= 300 && status < 500 && !doubtfulStatuses.has(status);
}
