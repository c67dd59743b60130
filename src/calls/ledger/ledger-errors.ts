import { DataError, explainWriteError, JobError } from "../../core/index.ts";

/** SQLite's primary result codes. @see https://sqlite.org/rescode.html */
const resultCodes = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notDatabase: 26,
} as const;

/** Extended code of a failed write, which a full disk gives too. */
const ioErrorWrite = 778;

/** Whether a write failed for want of space. */
export function isFullDisk(error: unknown): boolean {
  const extended = extendedCode(error);
  return extended !== null && ((extended & 0xff) === resultCodes.full || extended === ioErrorWrite);
}

/** Whether a write failed as another process keeps the file. */
export function isBusy(error: unknown): boolean {
  const extended = extendedCode(error);
  return extended !== null && (extended & 0xff) === resultCodes.busy;
}

function extendedCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code : null;
}

/** Turns SQLite's error into one that names the ledger and the remedy; anything else is returned as it is. */
export function explainLedgerError(path: string, error: unknown): unknown {
  const extended = extendedCode(error);
  if (extended === null) return error;
  switch (extended & 0xff) {
    case resultCodes.full:
      return explainWriteError(
        path,
        Object.assign(new Error("database or disk is full", { cause: error }), { code: "ENOSPC" }),
      );
    case resultCodes.cannotOpen:
    case resultCodes.readOnly:
      return explainWriteError(
        path,
        Object.assign(new Error("cannot be opened for writing", { cause: error }), { code: "EACCES" }),
      );
    case resultCodes.busy:
    case resultCodes.locked:
      return new JobError(`Another process keeps the ledger ${path} locked`, {
        code: "ledger_busy",
        hint: "Wait for it, look at it with `nexa status`, or end it with `nexa stop`.",
        cause: error,
      });
    case resultCodes.corrupt:
    case resultCodes.notDatabase:
      return damagedLedger(path, error);
    case resultCodes.ioError:
      return new JobError(`The ledger ${path} cannot be ${extended === ioErrorWrite ? "written" : "read or written"}`, {
        code: "ledger_io",
        hint: "Is the disk full, or the project on a network file system? The ledger needs a local disk.",
        cause: error,
      });
    default:
      return error;
  }
}

function damagedLedger(file: string, cause: unknown): DataError {
  return new DataError("the ledger is damaged, or is no ledger", {
    file,
    code: "ledger_damaged",
    hint: "It holds the answers that were paid for: restore a copy, or move the file away to start a new one, which buys every answer again.",
    cause,
  });
}

/** For a file that is a whole SQLite database, but not one that this version can use. */
export function wrongLedger(file: string, message: string): DataError {
  return new DataError(message, {
    file,
    code: "ledger_version",
    hint: "Use the version of nexa that wrote it, or move the file away to start a new one.",
  });
}
