import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { JobError, systemErrorCode } from "./errors.ts";
import { identifyProcess, isProcessAlive, type ProcessIdentity } from "./processes.ts";

export interface LockFile extends AsyncDisposable {
  readonly path: string;
  release(): Promise<void>;
}

/**
 * Takes a lock that names its holder. A holder that is dead on this host loses it; one on another host keeps it.
 * @throws JobError with code `locked` naming holder, host and pid when it is held.
 */
export async function acquireLock(path: string, purpose: string): Promise<LockFile> {
  const identity = identifyProcess();
  const content = `${JSON.stringify({ ...identity, purpose, since: new Date().toISOString() })}\n`;
  await mkdir(dirname(path), { recursive: true });
  for (let attempt = 0; attempt < 20; attempt++) {
    if (await tryCreate(path, content)) return heldLock(path, content);
    await removeIfDead(path, purpose);
  }
  throw new JobError(`The lock ${path} changes hands all the time`, { code: "locked", hint: "Try again." });
}

/** Creates the lock with its content in one step: a link to a complete file either appears or fails. */
async function tryCreate(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(draft, content);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function removeIfDead(path: string, purpose: string): Promise<void> {
  const holder = await readHolder(path);
  if (holder === null) return;
  if (holder.identity !== null && isProcessAlive(holder.identity) !== false) {
    const { pid, host } = holder.identity;
    throw new JobError(`${purpose} already runs: process ${pid} on ${host} holds ${path}`, {
      code: "locked",
      hint: "Wait for it, look at it with `nexa status`, or end it with `nexa stop`. If that host is gone for good, delete the file.",
    });
  }
  if ((await readHolder(path))?.text === holder.text) await rm(path, { force: true });
}

async function readHolder(path: string): Promise<{ text: string; identity: ProcessIdentity | null } | null> {
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
