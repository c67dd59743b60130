import { identifyProcess, isProcessAlive, type ProcessIdentity } from "../../core/index.ts";
import type { LedgerBatch } from "../ledger/ledger-schema.ts";

/** Intents that a run of this very process looks after. */
export const intentsHere = new Set<string>();

/**
 * Whether another run that is alive looks after a batch. A holder on another host is none: the ledger is on a local disk, and a container has
 * a new name after each start.
 */
export function isHeldElsewhere({ intent_id: intentId, holder }: LedgerBatch): boolean {
  if (holder === null) return false;
  const held = JSON.parse(holder) as ProcessIdentity;
  const { pid, host, startTicks } = identifyProcess();
  const isThisProcess = held.pid === pid && held.host === host && held.startTicks === startTicks;
  return isThisProcess ? intentsHere.has(intentId) : isProcessAlive(held) === true;
}
