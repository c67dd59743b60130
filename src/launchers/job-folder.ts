import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isProcessAlive, type ProcessIdentity } from "../core/processes.ts";
import type { Progress } from "../core/progress.ts";
import type { ExitRecord, JobStatus, LauncherName } from "./job.ts";
import { readRecord } from "./record-file.ts";

/** Files of a job folder. A start removes those of the run before, so that none of them speaks for the wrong run. */
export const jobFileNames = {
  /** argv and environment, 0600; the wrapper reads and deletes it. */
  request: "request.json",
  /** Who runs the job: written by the wrapper when its process is there. */
  wrapper: "wrapper.json",
  /** What the job says of itself, where it does. */
  job: "job.json",
  /** How far it is, and its heartbeat. */
  progress: "progress.json",
  /** How it ended. */
  exit: "exit.json",
  /** Somebody asked it to stop. */
  stop: "stop.json",
} as const;

/** wrapper.json. pid, host and startTicks are the wrapper's; the job's own process is in child*. */
export interface WrapperRecord extends ProcessIdentity {
  readonly name: string;
  readonly launcher: LauncherName;
  readonly session: string;
  /** The tmux server's socket (a path or a name) where it is not the default one. */
  readonly tmuxSocket: string | null;
  readonly childPid: number;
  readonly childStartTicks: number | null;
  readonly startedAt: string;
}

/** progress.json: core's Progress and when the job was last heard of. */
export interface ProgressRecord extends Progress {
  /** ISO 8601; rewritten every second or two while the process's event loop turns. */
  readonly heartbeatAt: string;
  /** When done or detail last changed. */
  readonly progressAt: string;
}

/** Removes what an earlier run left, so that the folder speaks for the next run alone. */
export async function clearJobFolder(jobDir: string): Promise<void> {
  await mkdir(jobDir, { recursive: true });
  await Promise.all(Object.values(jobFileNames).map((name) => rm(join(jobDir, name), { force: true })));
}

/** How the last run ended, or null while it has not. */
export function readExit(jobDir: string): Promise<ExitRecord | null> {
  return readRecord<ExitRecord>(join(jobDir, jobFileNames.exit), {
    exitCode: "number",
    host: "string",
    endedAt: "string",
  });
}

export function readWrapper(jobDir: string): Promise<WrapperRecord | null> {
  return readRecord<WrapperRecord>(join(jobDir, jobFileNames.wrapper), {
    pid: "number",
    host: "string",
    childPid: "number",
    session: "string",
  });
}

export function readProgress(jobDir: string): Promise<ProgressRecord | null> {
  return readRecord<ProgressRecord>(join(jobDir, jobFileNames.progress), { done: "number", heartbeatAt: "string" });
}

/** The identity of the job's own process. */
export function childIdentity(wrapper: WrapperRecord): ProcessIdentity {
  return { pid: wrapper.childPid, host: wrapper.host, startTicks: wrapper.childStartTicks };
}

/** What the folder and the system's processes say about the last run. */
export async function readJobStatus(jobDir: string): Promise<JobStatus> {
  const wrapper = await readWrapper(jobDir);
  const exit = await readExit(jobDir);
  if (exit !== null) return { phase: "ended", pid: exit.pid, exit };
  if (wrapper === null) return { phase: "none", pid: null, exit: null };
  const pid = wrapper.childPid;
  const isAlive = isProcessAlive(wrapper);
  if (isAlive === null) return { phase: "unknown", pid, exit: null };
  if (isAlive || isProcessAlive(childIdentity(wrapper)) === true) return { phase: "running", pid, exit: null };
  const late = await readExit(jobDir);
  return late === null ? { phase: "lost", pid, exit: null } : { phase: "ended", pid: late.pid, exit: late };
}
