import { CancelledError, formatCount } from "../../core/index.ts";
import type { ModelDescription } from "../../models/index.ts";
import type { LedgerBatch } from "../ledger/ledger-schema.ts";
import type { CallingOptions } from "./batch-options.ts";

/** Batches that earlier runs left are looked after first. */
export function noteResumed({ model, onNote }: CallingOptions, rows: readonly LedgerBatch[]): void {
  if (rows.length === 0) return;
  const calls = formatCount(rows.reduce((sum, row) => sum + row.calls, 0));
  onNote?.(
    `${describeCount(rows.length)} of an earlier run with ${calls} calls of ${model.name}: brought in first, so that nothing is bought twice.`,
  );
}

/** Batches that hold nothing which this run needs are not waited for. */
export function noteLeft({ model, onNote }: CallingOptions, batches: number): void {
  if (batches === 0) return;
  const goOn = batches === 1 ? "goes on" : "go on";
  onNote?.(
    `${describeCount(batches)} ${goOn} at ${model.origin}, with calls that this run does not ask: a later run brings the answers in.`,
  );
}

/** The end of a run that the user stopped while batches were at the provider. */
export function explainCancelled(
  { origin }: ModelDescription,
  { batches, calls }: { readonly batches: number; readonly calls: number },
): CancelledError {
  return new CancelledError(
    `Cancelled, and with it ${describeCount(batches)} of ${formatCount(calls)} calls at ${origin}`,
    { hint: "What was done by then is paid: the next start brings it in first, and asks only the rest." },
  );
}

function describeCount(batches: number): string {
  return batches === 1 ? "1 batch" : `${formatCount(batches)} batches`;
}
