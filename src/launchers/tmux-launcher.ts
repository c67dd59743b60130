import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../core/index.ts";
import type { Job, JobHandle, Launcher } from "./job.ts";
import { clearJobFolder, readJobStatus, readWrapper } from "./job-folder.ts";
import { removeRequest, writeRequest } from "./job-request.ts";
import { runJobProgram } from "./run-job.ts";
import { stopJob } from "./stop-job.ts";
import { createTmux, type Tmux } from "./tmux.ts";
import { chooseSessionName, listSessions, ownerOption } from "./tmux-session.ts";

export interface TmuxLauncherOptions {
  readonly tmux?: Tmux;
  /** How long a wrapper may take to appear. */
  readonly startTimeoutMs?: number;
}

const startAttempts = 5;
const pollMs = 25;

/** Each job in a tmux session of its own, which shows it and outlives the connection; the job's truth is in its folder. */
export function createTmuxLauncher({
  tmux = createTmux(),
  startTimeoutMs = 30_000,
}: TmuxLauncherOptions = {}): Launcher {
  return {
    name: "tmux",
    async start(job: Job): Promise<JobHandle> {
      const status = await readJobStatus(job.jobDir);
      if (status.phase === "running" || status.phase === "unknown") {
        const wrapper = await readWrapper(job.jobDir);
        return { job, launcher: "tmux", session: wrapper?.session ?? job.session, wasRunning: true };
      }
      await clearJobFolder(job.jobDir);
      const session = await openSession(tmux, job);
      try {
        await waitForWrapper(job, { tmux, session, startTimeoutMs });
      } catch (error) {
        // A wrapper that comes late must not start what was given up; and keys do not stay on the disk.
        await removeRequest(job.jobDir);
        throw error;
      }
      return { job, launcher: "tmux", session, wasRunning: false };
    },
    status: ({ job }) => readJobStatus(job.jobDir),
    stop: ({ job }, options) => stopJob(job.jobDir, options),
  };
}

/** Opens a session under the first usable name; a dead one of ours under that name is replaced, a stranger's is never touched. */
async function openSession(tmux: Tmux, job: Job): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const sessions = await listSessions(tmux);
    const session = chooseSessionName({ name: job.session, owner: job.cwd }, sessions);
    const jobFile = await writeRequest({ job, launcher: "tmux", session, tmuxSocket: tmux.socket });
    try {
      await tmux.run(...openCommands({ session, job, jobFile, isReplacing: sessions.has(session) }));
      return session;
    } catch (error) {
      await removeRequest(job.jobDir);
      if (attempt === startAttempts || !(error instanceof JobError) || !changedMeanwhile.test(error.message))
        throw error;
      await sleep(pollMs * attempt);
    }
  }
}

/** The list of sessions, or the server itself, became another between the look and the command. */
const changedMeanwhile = /duplicate session|can't find session|server exited|lost server|no server running/;

interface OpenOptions {
  readonly session: string;
  readonly job: Job;
  readonly jobFile: string;
  readonly isReplacing: boolean;
}

/**
 * One command line: the options stand before the job can end, so that a dead pane stays readable, and the server never finds itself without
 * a session in between, which would end it.
 */
function openCommands({ session, job, jobFile, isReplacing }: OpenOptions): string[] {
  const program = [process.execPath, runJobProgram, jobFile];
  const size = ["-x", "120", "-y", "40"];
  return [
    ...(isReplacing ? ["kill-session", "-t", `=${session}`, ";"] : []),
    ...[
      "new-session",
      "-d",
      "-s",
      session,
      "-n",
      job.name,
      "-c",
      job.cwd,
      ...size,
      "--",
      ...program.map(escapeSeparator),
    ],
    ...[";", "set-option", "-t", `=${session}:`, ownerOption, escapeSeparator(job.cwd)],
    ...[";", "set-option", "-w", "-t", `=${session}:`, "remain-on-exit", "on"],
  ];
}

/** tmux takes an argument's last `;` for the end of a command. */
function escapeSeparator(word: string): string {
  return word.endsWith(";") ? `${word.slice(0, -1)}\\;` : word;
}

async function waitForWrapper(
  job: Job,
  { tmux, session, startTimeoutMs }: { tmux: Tmux; session: string; startTimeoutMs: number },
): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const { phase } = await readJobStatus(job.jobDir);
    if (phase !== "none") return;
    const isDead = (await tmux.ask("display-message", "-p", "-t", `=${session}:`, "#{pane_dead}"))?.trim() !== "0";
    const isLate = Date.now() > deadline;
    if ((isDead && (await readJobStatus(job.jobDir)).phase === "none") || isLate) {
      const shown = (await tmux.ask("capture-pane", "-p", "-t", `=${session}:`)) ?? "";
      throw new JobError(
        `${job.name} did not start in the tmux session ${session}: ${lastLine(shown) || "the session is gone"}`,
        {
          code: "not_started",
          hint: "Try again, or `nexa launch --launcher foreground`.",
        },
      );
    }
    await sleep(pollMs);
  }
}

function lastLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.findLast((line) => line !== "" && !line.startsWith("Pane is dead")) ?? "";
}
