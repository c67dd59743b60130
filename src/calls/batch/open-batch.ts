import type { BatchError, BatchStatus } from "../../models/index.ts";
import type { LedgerBatch } from "../ledger/ledger-schema.ts";
import type { Collected } from "./collect-batch.ts";

/** A batch that is not over, as one run looks after it. */
export interface OpenBatch {
  /** As the ledger has it. */
  row: LedgerBatch;
  /** Null before the first look. */
  status: BatchStatus | null;
  /** Why the last look failed, or null. */
  trouble: string | null;
  /** In milliseconds since the epoch; null while a look is under way. */
  nextLookAt: number | null;
  /** Another run that is alive looks after it. */
  isFollowed: boolean;
}

/** How a batch ended. Its calls without an outcome are in the ledger's `batch_calls` still, except for `elsewhere`. */
export type BatchEnding =
  | { readonly kind: "collected"; readonly collected: Collected; readonly isCut: boolean }
  /** The provider took none of it. */
  | { readonly kind: "refused"; readonly errors: readonly BatchError[] }
  /** It ended, and its results are no longer there. */
  | { readonly kind: "gone"; readonly reason: string }
  /** No batch was ever made; `isCertain` unless the provider has no list of batches to look it up in. */
  | { readonly kind: "never"; readonly isCertain: boolean }
  /** Another run has brought it in. */
  | { readonly kind: "elsewhere" };

export function openBatch(row: LedgerBatch): OpenBatch {
  return { row, status: null, trouble: null, nextLookAt: null, isFollowed: false };
}
