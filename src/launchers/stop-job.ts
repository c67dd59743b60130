import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isProcessAlive, type ProcessIdentity } from "../core/index.ts";
import type { StopOptions, StopOutcome } from "./job.ts";
import { childIdentity, jobFileNames, readWrapper } from "./job-folder.ts";
import { writeRecord } from "./record-file.ts";

const defaultGraceMs = 30_000;
const pollMs = 50;

/** Writes down that a job was asked to stop, so that its end is not taken for a failure. */
export async function requestStop(jobDir: string): Promise<void> {
  await writeRecord(join(jobDir, jobFileNames.stop), { requestedAt: new Date().toISOString() });
}

/** Ends a wrapped job: in order first (SIGTERM), by SIGKILL of its group after the delay. */
export async function stopJob(jobDir: string, options: StopOptions = {}): Promise<StopOutcome> {
  const wrapper = await readWrapper(jobDir);
  if (wrapper === null) return "not_running";
  const isForeground = wrapper.launcher === "foreground";
  // A foreground job's wrapper is the launch itself, which goes on with its other jobs.
  return stopProcess(jobDir, { process: childIdentity(wrapper), wrapper: isForeground ? null : wrapper, ...options });
}

export interface StopProcessOptions extends StopOptions {
  readonly process: ProcessIdentity;
  /** Outlives the process for a moment, to write exit.json. */
  readonly wrapper?: ProcessIdentity | null;
}

/** Ends a job's process, wrapped or not, and waits until nothing of it is left. */
export async function stopProcess(jobDir: string, options: StopProcessOptions): Promise<StopOutcome> {
  const { process: target, wrapper = null, graceMs = defaultGraceMs } = options;
  const isAlive = isProcessAlive(target);
  if (isAlive === null) return "unreachable";
  if (!isAlive) return "not_running";
  await requestStop(jobDir);
  signalIfAlive(target, "SIGTERM");
  const isGone = (): boolean =>
    isProcessAlive(target) !== true && (wrapper === null || isProcessAlive(wrapper) !== true);
  if (await waitUntil(isGone, graceMs)) return "ended";
  if (isProcessAlive(target) === true) killGroupOf(target);
  await waitUntil(isGone, 5_000);
  return "killed";
}

function signalIfAlive(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isProcessAlive(identity) === true) process.kill(identity.pid, signal);
  } catch {
    // It ended by itself in this moment.
  }
}

/** A wrapped job leads its group; one started by hand may be in its shell's. */
function killGroupOf(identity: ProcessIdentity): void {
  try {
    process.kill(-identity.pid, "SIGKILL");
  } catch {
    signalIfAlive(identity, "SIGKILL");
  }
}

async function waitUntil(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() >= deadline) return false;
    await sleep(pollMs);
  }
  return true;
}
