/** Something to run: an argv, never a shell string. */
export interface Job {
  /** What people call it, e.g. "train". */
  readonly name: string;
  /** The session's name where nobody else has taken it, e.g. "training". */
  readonly session: string;
  readonly argv: readonly string[];
  /** Absolute. Sessions are marked with it, so that two projects do not take each other's. */
  readonly cwd: string;
  /** The whole environment of the job, keys included; it never shows in `ps` or in a log. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly logFile: string;
  /** Absolute; holds the job's files, see job-folder.ts. */
  readonly jobDir: string;
}

const launcherNames = ["tmux", "foreground"] as const;
export type LauncherName = (typeof launcherNames)[number];

export interface JobHandle {
  readonly job: Job;
  readonly launcher: LauncherName;
  /** The name that the job's session really has. */
  readonly session: string;
  /** Whether the job ran already and was left as it is. */
  readonly wasRunning: boolean;
}

/** How a job ended, as in its exit.json. */
export interface ExitRecord {
  /** 128 + the signal's number where a signal ended it; 127 where it could not be started. */
  readonly exitCode: number;
  readonly signal: string | null;
  /** ISO 8601, as all times on disk. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** The job's own process; null where it could not be started. */
  readonly pid: number | null;
  readonly host: string;
  /** The last thing it said on stderr before a bad end, or what it reported itself. */
  readonly error?: string;
}

/**
 * Where a job is: `running`, `ended` (see exit), `lost` (gone without exit.json: a power cut,
 * SIGKILL), `unknown` (it ran on another host, which cannot be asked from here), `none` (never started).
 */
export type JobPhase = "none" | "running" | "ended" | "lost" | "unknown";

export interface JobStatus {
  readonly phase: JobPhase;
  /** The job's own process. */
  readonly pid: number | null;
  readonly exit: ExitRecord | null;
}

export interface StopOptions {
  /** How long the job may take to end in order before SIGKILL; 30 s when left out. */
  readonly graceMs?: number | undefined;
}

/** `not_running`, `ended` (in order), `killed` (SIGKILL after the delay), `unreachable` (on another host). */
export type StopOutcome = "not_running" | "ended" | "killed" | "unreachable";

/** One contract for every way to run a job; the truth about a job is in its folder, never in the launcher. */
export interface Launcher {
  readonly name: LauncherName;
  /** Starts the job in a clean folder, or leaves it where it runs already; returns once its wrapper runs. */
  start(job: Job): Promise<JobHandle>;
  status(handle: JobHandle): Promise<JobStatus>;
  stop(handle: JobHandle, options?: StopOptions): Promise<StopOutcome>;
}
