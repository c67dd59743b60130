import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { explainWriteError } from "./atomic-file.ts";
import { JobError, systemErrorCode } from "./errors.ts";
import { sha256Text } from "./hash.ts";
import { identifyProcess, isProcessAlive, type ProcessIdentity } from "./processes.ts";

export interface LockFile extends AsyncDisposable {
  readonly path: string;
  release(): Promise<void>;
}

const attempts = 20;
const retryMs = 10;

/**
 * Takes a lock that names its holder. A holder that is dead on this host loses it; one on another host keeps it.
 * @throws JobError with code `locked` naming holder, host and pid when it is held.
 */
export async function acquireLock(path: string, purpose: string): Promise<LockFile> {
  const content = `${JSON.stringify({ ...identifyProcess(), purpose, since: new Date().toISOString() })}\n`;
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw explainWriteError(path, error);
  });
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await tryCreate(path, content)) return heldLock(path, content);
    const holder = await readHolder(path);
    if (holder === null) continue;
    if (!isDead(holder)) throw heldBy(holder, { path, purpose });
    if (await takeOver(path, { dead: holder.text, content })) return heldLock(path, content);
    await sleep(retryMs);
  }
  throw new JobError(`The lock ${path} changes hands all the time`, { code: "locked", hint: "Try again." });
}

/** The error that acquireLock would throw now, or null when the lock could be taken; takes nothing. */
export async function explainLock(path: string, purpose: string): Promise<JobError | null> {
  const holder = await readHolder(path);
  return holder === null || isDead(holder) ? null : heldBy(holder, { path, purpose });
}

/** Creates the lock with its content in one step: a link to a complete file either appears or fails. */
async function tryCreate(path: string, content: string): Promise<boolean> {
  return withDraft(path, content, async (draft) => {
    try {
      await link(draft, path);
      return true;
    } catch (error) {
      if (systemErrorCode(error) === "EEXIST") return false;
      throw error;
    }
  });
}

/**
 * Puts our content in the place of a dead holder's in one step. Only one process at a time may do so for that holder, which a lock of its
 * own makes sure of: otherwise two that saw the same dead holder could each remove what they take for it, and the second would remove the first's.
 */
async function takeOver(path: string, { dead, content }: { dead: string; content: string }): Promise<boolean> {
  const claim = await claimDead(path, dead);
  if (claim === null) return false;
  try {
    if ((await readHolder(path))?.text !== dead) return false;
    await withDraft(path, content, (draft) => rename(draft, path));
    return true;
  } finally {
    await claim.release();
  }
}

async function claimDead(path: string, dead: string): Promise<LockFile | null> {
  try {
    return await acquireLock(`${path}.${sha256Text(dead).slice(0, 8)}`, "the removal of a dead lock");
  } catch (error) {
    if (error instanceof JobError && error.code === "locked") return null;
    throw error;
  }
}

async function withDraft<T>(path: string, content: string, use: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(draft, content).catch((error: unknown) => {
    throw explainWriteError(path, error);
  });
  try {
    return await use(draft);
  } finally {
    await rm(draft, { force: true });
  }
}

interface Holder {
  readonly text: string;
  /** Null for a file that names nobody. */
  readonly identity: ProcessIdentity | null;
}

function isDead({ identity }: Holder): boolean {
  return identity === null || isProcessAlive(identity) === false;
}

function heldBy({ identity }: Holder, { path, purpose }: { path: string; purpose: string }): JobError {
  return new JobError(`${purpose} already runs: process ${identity?.pid} on ${identity?.host} holds ${path}`, {
    code: "locked",
    hint: "Wait for it, look at it with `nexa status`, or end it with `nexa stop`. If that host is gone for good, delete the file.",
  });
}

async function readHolder(path: string): Promise<Holder | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<ProcessIdentity>;
    const isWhole = typeof value.pid === "number" && typeof value.host === "string";
    return {
      text,
      identity: isWhole
        ? { pid: value.pid as number, host: value.host as string, startTicks: value.startTicks ?? null }
        : null,
    };
  } catch {
    return { text, identity: null };
  }
}

function heldLock(path: string, content: string): LockFile {
  const release = async (): Promise<void> => {
    const text = await readFile(path, "utf8").catch(() => null);
    if (text === content) await rm(path, { force: true });
  };
  return { path, release, [Symbol.asyncDispose]: release };
}
