import { join } from "node:path";
import { isProcessAlive } from "../core/index.ts";
import {
  childIdentity,
  type ExitRecord,
  jobFileNames,
  type ProgressRecord,
  readExit,
  readProgress,
  readRecord,
  readWrapper,
  type WrapperRecord,
} from "../launchers/index.ts";
import { type StageName, sessionNames } from "../stages/stage.ts";
import { type JobRecord, jobFolder, readJobRecord } from "./job-record.ts";

const jobStates = ["waiting", "running", "stalled", "succeeded", "failed", "stopped", "lost"] as const;
/** `lost`: gone without exit.json and not asked to stop (a power cut, an OOM kill, SIGKILL, a full disk). `stalled`: alive, but nothing moves. */
export type JobStateName = (typeof jobStates)[number];

/** What a stage's job folder and the system's processes say of its last run. */
export interface JobState {
  /** null where the stage was never started. */
  readonly state: JobStateName | null;
  /** Whether its process, or its wrapper, is there. */
  readonly isAlive: boolean;
  /** Whether only its wrapper, which a launch made, has spoken so far: the stage's own process still loads. */
  readonly isStarting: boolean;
  /** The launch that started it; null for a stage started by hand. */
  readonly launchId: string | null;
  readonly session: string;
  /** The stage's own process. */
  readonly pid: number | null;
  readonly host: string | null;
  /** ISO 8601, as endedAt. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly error: string | null;
  /** What the stage itself says to do about its error. */
  readonly hint: string | null;
  readonly progress: ProgressRecord | null;
}

/** A live job without progress for so long is stalled. */
const stalledAfterMs = 120_000;
/** A live job whose heartbeat is older than this does not answer; one on another host is given up. */
const silentAfterMs = 30_000;

/** What was recorded of a job, as read from its folder at one moment. */
export interface JobEvidence {
  readonly job: JobRecord | null;
  readonly wrapper: WrapperRecord | null;
  readonly exit: ExitRecord | null;
  readonly progress: ProgressRecord | null;
  readonly wasAskedToStop: boolean;
}

/** Where the stage's last run is, by its job folder alone; whether the stage is done is the manifest's to say. */
export async function readJobState(projectDir: string, stage: StageName): Promise<JobState> {
  const folder = jobFolder(projectDir, stage);
  const state = deriveJobState(stage, await readEvidence(folder));
  // A job may end between the reading of its exit.json and the look at its processes.
  return state.state === "lost" ? deriveJobState(stage, await readEvidence(folder)) : state;
}

async function readEvidence(folder: string): Promise<JobEvidence> {
  const [job, wrapper, exit, progress, stop] = await Promise.all([
    readJobRecord(folder),
    readWrapper(folder),
    readExit(folder),
    readProgress(folder),
    readRecord<{ requestedAt: string }>(join(folder, jobFileNames.stop), { requestedAt: "string" }),
  ]);
  return { job, wrapper, exit, progress, wasAskedToStop: stop !== null };
}

/** Derives the state from the evidence; the clock and the look at processes come in, so that a table can test it. */
export function deriveJobState(
  stage: StageName,
  evidence: JobEvidence,
  { now = Date.now, isAlive = isProcessAlive }: { now?: () => number; isAlive?: typeof isProcessAlive } = {},
): JobState {
  const { job, wrapper, exit, progress } = evidence;
  const about = {
    isStarting: job === null && wrapper !== null,
    launchId: job?.launchId ?? null,
    session: wrapper?.session ?? job?.session ?? sessionNames[stage],
    pid: exit?.pid ?? job?.pid ?? wrapper?.childPid ?? null,
    host: exit?.host ?? job?.host ?? wrapper?.host ?? null,
    startedAt: exit?.startedAt ?? job?.startedAt ?? wrapper?.startedAt ?? null,
    endedAt: exit?.endedAt ?? null,
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
    error: job?.error ?? exit?.error ?? null,
    hint: job?.hint ?? null,
    progress,
  };
  if (exit !== null) return { ...about, state: endState(exit, evidence.wasAskedToStop), isAlive: false };
  if (job === null && wrapper === null) return { ...about, state: null, isAlive: false };
  if (!isAnyAlive(evidence, { now, isAlive })) {
    if (evidence.wasAskedToStop) return { ...about, state: "stopped", isAlive: false };
    return { ...about, state: "lost", isAlive: false, error: about.error ?? lostMessage(about.pid) };
  }
  return { ...about, state: liveState(evidence, now()), isAlive: true };
}

function endState(exit: ExitRecord, wasAskedToStop: boolean): JobStateName {
  if (exit.exitCode === 0) return "succeeded";
  return exit.exitCode === 130 || wasAskedToStop ? "stopped" : "failed";
}

function lostMessage(pid: number | null): string {
  return `process ${pid ?? "?"} is gone and left no exit status: a power cut, no memory or disk left, or kill -9`;
}

function isAnyAlive(
  { job, wrapper, progress }: JobEvidence,
  { now, isAlive }: { now: () => number; isAlive: typeof isProcessAlive },
): boolean {
  const identities = [job, wrapper, wrapper === null ? null : childIdentity(wrapper)].filter((one) => one !== null);
  const answers = identities.map((identity) => isAlive(identity));
  if (answers.includes(true)) return true;
  const isElsewhere = answers.includes(null);
  return isElsewhere && progress !== null && ageMs(progress.heartbeatAt, now()) < silentAfterMs;
}

function liveState({ job, progress }: JobEvidence, now: number): JobStateName {
  if (job === null || job.state === "waiting") return "waiting";
  if (progress === null) return "running";
  const isSilent = ageMs(progress.heartbeatAt, now) > silentAfterMs;
  return isSilent || ageMs(progress.progressAt, now) > stalledAfterMs ? "stalled" : "running";
}

function ageMs(time: string, now: number): number {
  return now - Date.parse(time);
}
