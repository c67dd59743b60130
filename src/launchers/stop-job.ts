import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isProcessAlive, type ProcessIdentity } from "../core/index.ts";
import type { StopOptions, StopOutcome } from "./job.ts";
import { childIdentity, jobFileNames, readExit, readWrapper } from "./job-folder.ts";
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
  return stopProcess(jobDir, { process: childIdentity(wrapper), wrapper, ...options });
}

export interface StopProcessOptions extends StopOptions {
  readonly process: ProcessIdentity;
  /** The one who writes exit.json when the process has ended. */
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
  const isGone = async (): Promise<boolean> => {
    if (isProcessAlive(target) === true) return false;
    return wrapper === null || isProcessAlive(wrapper) !== true || (await readExit(jobDir)) !== null;
  };
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

async function waitUntil(isTrue: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() >= deadline) return false;
    await sleep(pollMs);
  }
  return true;
}
