import { toLedgerFailure } from "../call-records.ts";
import type { CallFailure } from "../request.ts";
import type { CallingOptions } from "./batch-options.ts";

interface FailureRecord {
  /** The batch that still holds the call; null where none does. */
  readonly intentId: string | null;
  /** The provider's name of it. */
  readonly batchId: string | null;
  readonly failure: CallFailure;
  readonly isFinal: boolean;
  readonly tries: number;
  readonly calling: CallingOptions;
}

/** Puts the failure of a call that was given up on the disk, and takes the call out of its batch. */
export async function recordFailure(
  { identity, json }: { readonly identity: string; readonly json: string },
  { intentId, batchId, failure, isFinal, tries, calling }: FailureRecord,
): Promise<void> {
  const { ledger, model, role } = calling;
  const caller = { model, role, batchId: batchId ?? "" };
  await Promise.all([
    ledger.recordFailure(toLedgerFailure({ identity, requestJson: json, tries }, { failure, isFinal, caller })),
    intentId === null ? null : ledger.batches.drop(intentId, [identity]),
  ]);
}
