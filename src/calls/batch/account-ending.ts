import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerBatch } from "../ledger/ledger-schema.ts";
import type { BatchEnding } from "./open-batch.ts";

/** Nothing is held back any more for calls of an ended batch, but for what may have been charged and was not seen. */
export function accountEnding(ledger: Ledger, { intent_id: intentId }: LedgerBatch, ending: BatchEnding): void {
  if (ending.kind === "elsewhere") return;
  for (const identity of unseenCalls(ledger, intentId, ending)) leaveUnseen(ledger, intentId, identity);
  ledger.batches.releaseRest(intentId);
}

/** Calls that the provider may have answered, without our having the answer. */
function unseenCalls({ batches }: Ledger, intentId: string, ending: BatchEnding): readonly string[] {
  if (ending.kind === "collected") {
    const { failures, missing } = ending.collected;
    const spoilt = [...failures].flatMap(([identity, { isMaybeCharged }]) => (isMaybeCharged ? [identity] : []));
    return ending.isCut ? spoilt : [...spoilt, ...missing];
  }
  const isUnseen = ending.kind === "gone" || (ending.kind === "never" && !ending.isCertain);
  return isUnseen ? [...batches.calls(intentId)].map(({ identity }) => identity) : [];
}

function leaveUnseen(ledger: Ledger, intentId: string, identity: string): void {
  const usd = ledger.batches.call(intentId, identity)?.reserved_usd ?? 0;
  if (usd === 0) return;
  const reservation = ledger.reserve(identity, { usd, limitUsd: Number.POSITIVE_INFINITY });
  if (reservation !== null) ledger.leaveUnseen(reservation);
}
