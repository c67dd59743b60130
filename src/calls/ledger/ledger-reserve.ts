import { randomBytes } from "node:crypto";
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { explainWriteError } from "../../core/index.ts";

/** Room for the answers that are in flight when the disk gets full: 512 of them with 4 kB and their requests, twice. */
const reserveBytes = 8 * 2 ** 20;
const chunkBytes = 2 ** 20;

/**
 * Keeps a file beside the ledger that does nothing but take room, which `dropReserve` gives back when the disk is full.
 * @throws JobError where there is no room for it: there would be none for answers either.
 */
export function keepReserve(ledgerPath: string): void {
  const path = reservePath(ledgerPath);
  if (statSync(path, { throwIfNoEntry: false })?.size === reserveBytes) return;
  try {
    const file = openSync(path, "w");
    try {
      // Random, as file systems that compress would take no room for zeros.
      const chunk = randomBytes(chunkBytes);
      for (let written = 0; written < reserveBytes; written += writeSync(file, chunk)) {}
    } finally {
      closeSync(file);
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw explainWriteError(path, error);
  }
}

/** False where there was none. */
export function dropReserve(ledgerPath: string): boolean {
  const path = reservePath(ledgerPath);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false;
  rmSync(path, { force: true });
  return true;
}

function reservePath(ledgerPath: string): string {
  return `${ledgerPath}.reserve`;
}
