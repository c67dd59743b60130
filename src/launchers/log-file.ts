import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { explainWriteError } from "../core/atomic-file.ts";
import { errorMessage, JobError, systemErrorCode } from "../core/errors.ts";
import { toSafeLine } from "../core/format.ts";

export interface LogFileOptions {
  /** A line that would make the file larger than this goes to a new one. */
  readonly maxBytes?: number;
  /** How many full files are kept: `.1` is the newest. */
  readonly keep?: number;
  readonly now?: () => Date;
}

/** A log that is appended to, each line with its time in UTC. */
export interface LogFile {
  /** @returns whether the line was written: a full disk costs log lines, never the job. */
  write(line: string): boolean;
  close(): void;
}

const maxLineLength = 8_000;

/**
 * Opens a log for appending and rotates it by size: x.log, x.log.1, x.log.2, ...
 * @throws JobError when the file cannot be opened.
 */
export function openLogFile(path: string, options: LogFileOptions = {}): LogFile {
  const { maxBytes = 10_000_000, keep = 3, now = () => new Date() } = options;
  let file = openForAppend(path);

  const rotate = (): void => {
    shift(path, keep);
    const full = file;
    file = openForAppend(path);
    closeSync(full.descriptor);
  };

  return {
    write(line) {
      const bytes = Buffer.from(`${now().toISOString()} ${toSafeLine(line, maxLineLength)}\n`);
      try {
        if (file.sizeBytes > 0 && file.sizeBytes + bytes.length > maxBytes) rotate();
        writeSync(file.descriptor, bytes);
        file.sizeBytes += bytes.length;
        return true;
      } catch {
        return false;
      }
    },
    close: () => closeSync(file.descriptor),
  };
}

function openForAppend(path: string): { descriptor: number; sizeBytes: number } {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, "a");
    return { descriptor, sizeBytes: fstatSync(descriptor).size };
  } catch (error) {
    const explained = explainWriteError(path, error);
    if (explained instanceof JobError) throw explained;
    const code = systemErrorCode(error) ?? errorMessage(error);
    throw new JobError(`Cannot open the log ${path}: ${code}`, {
      hint: "Is something else in its place?",
      cause: error,
    });
  }
}

function shift(path: string, keep: number): void {
  rmSync(`${path}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 0; number--) {
    const from = number === 0 ? path : `${path}.${number}`;
    try {
      renameSync(from, `${path}.${number + 1}`);
    } catch {
      // There are not that many yet.
    }
  }
}
