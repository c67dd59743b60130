import { constants, hostname } from "node:os";
import type { ExitRecord } from "./job.ts";

/** How a process ended, as the system says it. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started at all. */
  readonly spawnError: string | null;
}

export interface ExitCircumstances {
  readonly startedAt: Date;
  readonly pid: number | null;
  /** What it said on stderr of its end. */
  readonly lastError: string | null;
}

/** The exit.json of an end. */
export function describeExit(
  { code, signal, spawnError }: ChildEnd,
  { startedAt, pid, lastError }: ExitCircumstances,
): ExitRecord {
  const exitCode = spawnError !== null ? 127 : signal !== null ? 128 + constants.signals[signal] : (code ?? 1);
  const killed =
    signal === null ? null : `ended by ${signal}${signal === "SIGKILL" ? ": killed by hand, or no memory left" : ""}`;
  const error = exitCode === 0 ? null : (spawnError ?? killed ?? lastError);
  const exit = {
    exitCode,
    signal,
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    pid,
    host: hostname(),
  };
  return error === null ? exit : { ...exit, error };
}

/** "ended well (exit code 0)" or what went wrong. */
export function describeEnd({ exitCode, signal }: ExitRecord): string {
  if (exitCode === 0) return "ended well (exit code 0)";
  if (exitCode === 130) return "stopped (exit code 130)";
  return signal === null ? `failed (exit code ${exitCode})` : `ended by ${signal} (exit code ${exitCode})`;
}
