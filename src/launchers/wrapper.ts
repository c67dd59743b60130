import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { errorMessage, formatDuration, identifyProcess, systemErrorCode } from "../core/index.ts";
import { wrappedVariable } from "./end-with-wrapper.ts";
import { type ChildEnd, describeEnd, describeExit } from "./exit-record.ts";
import type { ExitRecord, Job, LauncherName } from "./job.ts";
import { jobFileNames, readProgress, type WrapperRecord } from "./job-folder.ts";
import { type LogFileOptions, openLogFile } from "./log-file.ts";
import { formatLiveLine, type Pane } from "./pane.ts";
import { writeRecord } from "./record-file.ts";
import { createRedactor } from "./secrets.ts";
import { requestStop } from "./stop-job.ts";
import { createOutput, type Output } from "./wrapper-output.ts";

export interface WrapOptions {
  readonly launcher: LauncherName;
  /** The name that the job's session really has. */
  readonly session: string;
  readonly tmuxSocket?: string | null;
  /** Where the job's lines are shown besides the log. */
  readonly pane?: Pane | undefined;
  /** How long the job may take to end in order before its group is killed. */
  readonly killAfterMs?: number;
  readonly log?: LogFileOptions;
}

export interface WrappedJob {
  readonly ended: Promise<ExitRecord>;
  /** The first call passes the signal on; one after it, or `killAfterMs`, kills the job's whole group. */
  end(signal: NodeJS.Signals): void;
}

const defaultKillAfterMs = 30_000;
/** Signals that come together are one wish, and so are all SIGHUPs of a terminal that closes. */
const sameWishMs = 500;
/** How long output may still come from processes that outlive the job. */
const drainMs = 1_000;
const liveLineMs = 500;

/**
 * Runs a job as the leader of its own process group: lines to the log and the pane, wrapper.json when it is there, exit.json when it ended.
 * The job has an IPC channel to this process, by which it notices when this process dies.
 */
export async function wrapJob(job: Job, options: WrapOptions): Promise<WrappedJob> {
  const log = openLogFile(job.logFile, options.log);
  const output = createOutput({ log, pane: options.pane, redact: createRedactor(job.env) });
  const startedAt = new Date();
  output.say(`${job.name}: started in session ${options.session}`);
  const child = spawnJob(job);
  const ending = watchEnd(child, output);
  try {
    if (child.pid !== undefined) await writeWrapper(job, { ...options, childPid: child.pid, startedAt });
  } catch (error) {
    killGroup(child.pid);
    throw error;
  }
  const stopLive = showProgress(job, options.pane);
  const ended = ending.then(async (end): Promise<ExitRecord> => {
    stopLive();
    const exit = describeExit(end, { startedAt, pid: child.pid ?? null, lastError: output.lastError });
    await writeRecord(join(job.jobDir, jobFileNames.exit), exit).catch((error: unknown) =>
      output.say(`${job.name}: its exit status could not be written: ${errorMessage(error)}`),
    );
    const seconds = (Date.parse(exit.endedAt) - startedAt.getTime()) / 1000;
    output.say(`${job.name}: ${describeEnd(exit)} after ${formatDuration(seconds)}`);
    log.close();
    return exit;
  });
  return {
    ended,
    end: createEnder(child, { killAfterMs: options.killAfterMs ?? defaultKillAfterMs, output, jobDir: job.jobDir }),
  };
}

function spawnJob({ argv: [command = "", ...args], cwd, env }: Job): ChildProcess {
  return spawn(command, args, {
    cwd,
    env: { ...env, [wrappedVariable]: "1" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
  });
}

/** Resolves when the process has ended, what was left of its group is killed, and its output is read. */
function watchEnd(child: ChildProcess, output: Output): Promise<ChildEnd> {
  output.attach(child);
  return new Promise((resolve) => {
    let end: ChildEnd = { code: null, signal: null, spawnError: null };
    child.on("error", (error) => {
      if (child.pid !== undefined) return;
      resolve({
        ...end,
        spawnError: `cannot start ${child.spawnfile}: ${systemErrorCode(error) ?? errorMessage(error)}`,
      });
    });
    child.on("exit", (code, signal) => {
      end = { code, signal, spawnError: null };
      killGroup(child.pid);
      const drain = setTimeout(() => resolve(end), drainMs);
      child.on("close", () => clearTimeout(drain));
    });
    child.on("close", () => resolve(end));
  });
}

function createEnder(
  child: ChildProcess,
  { killAfterMs, output, jobDir }: { killAfterMs: number; output: Output; jobDir: string },
): (signal: NodeJS.Signals) => void {
  let askedAt: number | null = null;
  return (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (askedAt === null) {
      askedAt = Date.now();
      output.say(`${signal}: asked to end in order`);
      // First, so that an end by this very signal is not taken for a failure.
      void requestStop(jobDir)
        .catch(() => undefined)
        .then(() => child.kill(signal));
      setTimeout(() => killGroup(child.pid), killAfterMs).unref();
    } else if (signal !== "SIGHUP" && Date.now() - askedAt > sameWishMs) {
      output.say(`${signal} again: killed`);
      killGroup(child.pid);
    }
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
}

function showProgress(job: Job, pane: Pane | undefined): () => void {
  if (pane === undefined) return () => undefined;
  let isOver = false;
  const timer = setInterval(() => {
    void readProgress(job.jobDir).then((progress) => {
      if (progress !== null && !isOver) pane.live(formatLiveLine(job.name, progress));
    });
  }, liveLineMs);
  return () => {
    isOver = true;
    clearInterval(timer);
    pane.end();
  };
}

async function writeWrapper(job: Job, about: WrapOptions & { childPid: number; startedAt: Date }): Promise<void> {
  const { launcher, session, tmuxSocket = null, childPid, startedAt } = about;
  const record: WrapperRecord = {
    ...identifyProcess(),
    name: job.name,
    launcher,
    session,
    tmuxSocket,
    childPid,
    childStartTicks: identifyProcess(childPid).startTicks,
    startedAt: startedAt.toISOString(),
  };
  await writeRecord(join(job.jobDir, jobFileNames.wrapper), record);
}
