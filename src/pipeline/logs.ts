import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../core/index.ts";
import type { StageName } from "../stages/stage.ts";
import { formatCommand } from "./command-line.ts";
import { readJobState } from "./job-state.ts";
import { logFile, logFiles } from "./launch-jobs.ts";

export interface ShowLogsOptions {
  readonly stage: StageName;
  /** How many of the last lines; those of rotated files count. */
  readonly lines: number;
  /** Go on until the stage has ended or the signal comes. */
  readonly isFollowing: boolean;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

const pollMs = 200;

/**
 * Writes the end of a stage's log, and what comes after it when following.
 * @throws JobError when there is no log and nothing that would write one.
 */
export async function showLogs(projectDir: string, options: ShowLogsOptions): Promise<void> {
  const { stage, lines, isFollowing, signal, write } = options;
  const path = logFile(projectDir, stage);
  const files = logFiles(projectDir, stage);
  if (files.length === 0 && !(isFollowing && (await isAlive(projectDir, stage)))) throw noLog(projectDir, stage);
  const follower = isFollowing ? createFollower(path, write) : null;
  write(await readTail(files, { lines, sizeBytes: follower?.startBytes }));
  if (follower === null) return;
  try {
    while (!signal.aborted) {
      const wasAlive = await isAlive(projectDir, stage);
      follower.pull();
      if (!wasAlive) return;
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    follower.close();
  }
}

function noLog(projectDir: string, stage: StageName): JobError {
  return new JobError(`No log of ${stage} yet: ${logFile(projectDir, stage)}`, {
    code: "no_log",
    hint: `Logs are written by \`${formatCommand("launch", { projectDir })}\`; a stage that is started by hand speaks on its terminal.`,
  });
}

async function isAlive(projectDir: string, stage: StageName): Promise<boolean> {
  return (await readJobState(projectDir, stage)).isAlive;
}

/** The last lines of the files together; of the newest file only the first `sizeBytes`. */
async function readTail(
  files: readonly string[],
  { lines, sizeBytes }: { lines: number; sizeBytes: number | undefined },
): Promise<string> {
  let tail: string[] = [];
  for (const [index, path] of [...files].reverse().entries()) {
    if (tail.length >= lines) break;
    const bytes = await readFile(path);
    const text = (index === 0 && sizeBytes !== undefined ? bytes.subarray(0, sizeBytes) : bytes).toString("utf8");
    tail = [...text.split("\n").slice(0, text.endsWith("\n") ? -1 : undefined), ...tail];
  }
  const last = lines === 0 ? [] : tail.slice(-lines);
  return last.map((line) => `${line}\n`).join("");
}

interface Follower {
  /** The file's size when following began; what is before it is the tail's. */
  readonly startBytes: number;
  /** Writes what was added since; goes over to the new file after a rotation. */
  pull(): void;
  close(): void;
}

function createFollower(path: string, write: (text: string) => void): Follower {
  let descriptor = tryOpen(path);
  const startBytes = descriptor === null ? 0 : fstatSync(descriptor).size;
  let offset = startBytes;
  const drain = (): void => {
    if (descriptor === null) return;
    const size = fstatSync(descriptor).size;
    if (size <= offset) return;
    const bytes = Buffer.alloc(size - offset);
    const count = readSync(descriptor, bytes, 0, bytes.length, offset);
    // Whole lines alone: a character may be cut at the end of what is there.
    const whole = bytes.subarray(0, bytes.subarray(0, count).lastIndexOf(0x0a) + 1);
    offset += whole.length;
    write(whole.toString("utf8"));
  };
  return {
    startBytes,
    pull() {
      drain();
      const current = statSync(path, { throwIfNoEntry: false })?.ino;
      if (current === undefined || (descriptor !== null && current === fstatSync(descriptor).ino)) return;
      drain();
      if (descriptor !== null) closeSync(descriptor);
      descriptor = tryOpen(path);
      offset = 0;
      drain();
    },
    close() {
      if (descriptor !== null) closeSync(descriptor);
    },
  };
}

function tryOpen(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch {
    return null;
  }
}
