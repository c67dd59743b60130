import type { Project } from "../config/index.ts";
import { type StageName, stageNames } from "../stages/stage.ts";
import { type JobState, type JobStateName, readJobState } from "./job-state.ts";
import { primaryOutput, quickDone, readManifest } from "./manifest.ts";

/** Where one stage is: its job, and whether its output is sealed. */
export interface StageStatus {
  readonly name: StageName;
  readonly session: string;
  readonly state: JobStateName;
  /** Whether its process is there. */
  readonly isAlive: boolean;
  readonly progress: { readonly done: number; readonly total: number | null };
  readonly ratePerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly costUsd: number;
  /** A few words of the stage's own, e.g. "loss 0.31". */
  readonly detail: string;
  /** The stage's own process. */
  readonly pid: number | null;
  readonly host: string | null;
  /** ISO 8601, as endedAt. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly exitCode: number | null;
  readonly error: string | null;
  /** What to do about the error; not part of `--json`. */
  readonly hint: string | null;
}

export interface PipelineStatus {
  /** The project's folder. */
  readonly project: string;
  /** In the pipeline's order. */
  readonly stages: readonly StageStatus[];
}

/** What is true of every stage at this moment, from job folders, manifests and processes; nothing is hashed and no launcher is asked. */
export async function collectStatus(project: Project): Promise<PipelineStatus> {
  return {
    project: project.dir,
    stages: await Promise.all(stageNames.map((stage) => readStageStatus(project, stage))),
  };
}

async function readStageStatus(project: Project, stage: StageName): Promise<StageStatus> {
  const [job, sealed] = await Promise.all([readJobState(project.dir, stage), readSealed(project, stage)]);
  return composeStatus(stage, job, sealed);
}

/** What a stage's manifest says, when its outputs stand there untouched. */
export interface Sealed {
  readonly startedAt: string;
  readonly endedAt: string;
  readonly rows: number | null;
  readonly costUsd: number;
}

async function readSealed(project: Project, stage: StageName): Promise<Sealed | null> {
  if (!(await quickDone(project, stage))) return null;
  const manifest = await readManifest(project, primaryOutput(project, stage));
  if (manifest === null) return null;
  const rows = manifest.outputs[0]?.rows ?? null;
  return { startedAt: manifest.started_at, endedAt: manifest.ended_at, rows, costUsd: manifest.cost_usd };
}

/** The job's word where it lives or ended badly after the seal; the manifest's otherwise. */
export function composeStatus(stage: StageName, job: JobState, sealed: Sealed | null): StageStatus {
  const isDone = sealed !== null && !job.isAlive && !isOlderThanRun(sealed, job);
  const state = isDone ? "succeeded" : unsealedState(job);
  const isMoving = state === "running" || state === "stalled";
  const hasCounted = job.progress !== null && job.progress.done > 0;
  const isManifests = isDone && !hasCounted;
  return {
    name: stage,
    session: job.session,
    state,
    isAlive: job.isAlive,
    progress: isManifests
      ? { done: sealed.rows ?? 0, total: sealed.rows }
      : { done: job.progress?.done ?? 0, total: job.progress?.total ?? null },
    ratePerSecond: isMoving || hasCounted ? (job.progress?.ratePerSecond ?? null) : null,
    etaSeconds: isMoving ? (job.progress?.etaSeconds ?? null) : null,
    costUsd: isDone ? sealed.costUsd : (job.progress?.costUsd ?? 0),
    detail: state === "succeeded" || job.isAlive ? (job.progress?.detail ?? "") : "",
    pid: job.pid,
    host: job.host,
    startedAt: job.startedAt ?? sealed?.startedAt ?? null,
    endedAt: job.endedAt ?? (isDone ? sealed.endedAt : null),
    exitCode: job.exitCode,
    error: state === "succeeded" ? null : job.error,
    hint: state === "succeeded" ? null : job.hint,
  };
}

/** A run that ended badly counts, unless the output was sealed during or after it. */
function isOlderThanRun(sealed: Sealed, { state, startedAt }: JobState): boolean {
  const endedBadly = state !== null && state !== "succeeded";
  return endedBadly && startedAt !== null && sealed.endedAt < startedAt;
}

/** A stage that was never started waits, and so does one whose output was taken away since. */
function unsealedState({ state }: JobState): JobStateName {
  return state === null || state === "succeeded" ? "waiting" : state;
}

/** The shape of `nexa status --json`. */
export function statusToJson({ project, stages }: PipelineStatus) {
  return {
    project,
    stages: stages.map((stage) => ({
      name: stage.name,
      session: stage.session,
      state: stage.state,
      progress: { done: stage.progress.done, total: stage.progress.total },
      rate_per_second: stage.ratePerSecond,
      eta_seconds: stage.etaSeconds,
      cost_usd: stage.costUsd,
      pid: stage.pid,
      host: stage.host,
      started_at: stage.startedAt,
      ended_at: stage.endedAt,
      exit_code: stage.exitCode,
      error: stage.error,
    })),
  };
}
