import { renameSync, writeFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { identifyProcess, type Progress } from "../core/index.ts";
import {
  clearJobFolder,
  type ExitRecord,
  formatRecord,
  isWrapped,
  jobFileNames,
  type ProgressRecord,
  requestStop,
  writeRecord,
} from "../launchers/index.ts";
import type { StageName } from "../stages/stage.ts";
import { type JobRecord, jobFolder } from "./job-record.ts";

export interface StartJobOptions {
  readonly session: string;
  /** The launch that started this stage, which then begins as waiting; null when it was started by hand. */
  readonly launchId: string | null;
  readonly env?: NodeJS.ProcessEnv;
  readonly now?: () => Date;
  readonly heartbeatMs?: number;
}

/** Keeps the job folder of a stage's own process. */
export interface JobRecorder {
  setState(state: JobRecord["state"]): Promise<void>;
  /** Cheap enough to be called at any rate; written with the next heartbeat. */
  progress(progress: Progress): void;
  /** That a signal asked for the end, so that it is not taken for a loss; a wrapper notes that itself. */
  noteStop(): Promise<void>;
  /** The error that the stage ends with, for `nexa status`, and what to do about it. */
  fail(message: string, hint?: string): Promise<void>;
  /** The last heartbeat; exit.json too where no wrapper writes it. To be called once, as the last thing. */
  end(exitCode: number): Promise<void>;
}

const nothingYet: Progress = { done: 0, total: null, ratePerSecond: null, etaSeconds: null, costUsd: 0, detail: "" };

/** Begins a stage's record: who it is, a heartbeat every second that does not keep the process alive, and no word of an earlier run. */
export async function startJob(projectDir: string, stage: StageName, options: StartJobOptions): Promise<JobRecorder> {
  const { session, launchId, env = process.env, now = () => new Date(), heartbeatMs = 1_000 } = options;
  const folder = jobFolder(projectDir, stage);
  const startedAt = now().toISOString();
  if (isWrapped(env)) await mkdir(folder, { recursive: true });
  else await clearJobFolder(folder);
  // A stage of a launch waits for its inputs first and then says that it runs.
  const state = launchId === null ? "running" : "waiting";
  let job: JobRecord = { stage, session, launchId, ...identifyProcess(), startedAt, state, error: null };
  let progress: ProgressRecord = { ...nothingYet, heartbeatAt: startedAt, progressAt: startedAt };

  const writeJob = () => writeRecord(join(folder, jobFileNames.job), job);
  const beat = createBeat(join(folder, jobFileNames.progress), () => {
    progress = { ...progress, heartbeatAt: now().toISOString() };
    return progress;
  });
  await Promise.all([writeJob(), beat.write()]);
  const timer = setInterval(() => void beat.write().catch(() => undefined), heartbeatMs);
  timer.unref();

  return {
    async setState(next) {
      if (next === job.state) return;
      job = { ...job, state: next };
      progress = { ...progress, progressAt: now().toISOString() };
      await writeJob();
    },
    progress(latest) {
      const isMoving = latest.done !== progress.done || latest.detail !== progress.detail;
      const { done, total, ratePerSecond, etaSeconds, costUsd, detail } = latest;
      const measured = { done, total, ratePerSecond, etaSeconds, costUsd, detail };
      progress = { ...progress, ...measured, ...(isMoving ? { progressAt: now().toISOString() } : {}) };
    },
    async noteStop() {
      if (!isWrapped(env)) await requestStop(folder);
    },
    async fail(message, hint) {
      job = { ...job, error: message, hint: hint ?? null };
      await writeJob();
    },
    async end(exitCode) {
      clearInterval(timer);
      await beat.finish();
      if (isWrapped(env)) return;
      const { pid, host, error } = job;
      const exit: ExitRecord = { exitCode, signal: null, startedAt, endedAt: now().toISOString(), pid, host };
      await writeRecord(join(folder, jobFileNames.exit), error === null ? exit : { ...exit, error });
    },
  };
}

/** Rewrites one small file, one write at a time; without fsync, as a heartbeat is worth nothing after a power cut. */
function createBeat(path: string, next: () => ProgressRecord) {
  const draft = `${path}.${process.pid}.tmp`;
  let writing: Promise<void> | null = null;
  const replace = async (): Promise<void> => {
    await writeFile(draft, formatRecord(next()));
    await rename(draft, path);
  };
  return {
    write(): Promise<void> {
      writing ??= replace().finally(() => {
        writing = null;
      });
      return writing;
    },
    /** After the write that may be under way, so that the last word is the last written. A full disk does not fail the stage. */
    async finish(): Promise<void> {
      await writing?.catch(() => undefined);
      try {
        writeFileSync(draft, formatRecord(next()));
        renameSync(draft, path);
      } catch {
        // The heartbeat before stays.
      }
    },
  };
}
