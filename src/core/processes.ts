import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Who a process is: the pid alone is used again by the system, so its start time goes along. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks since boot at which the process started, or null where the system does not say. */
  readonly startTicks: number | null;
}

/** The identity of this process, or of another one on this host. */
export function identifyProcess(pid: number = process.pid): ProcessIdentity {
  return { pid, host: hostname(), startTicks: readStartTicks(pid) };
}

/** Whether that very process still runs; null when it is on another host and cannot be asked from here. */
export function isProcessAlive(identity: ProcessIdentity): boolean | null {
  if (identity.host !== hostname()) return null;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const ticks = readStartTicks(identity.pid);
  if (isZombie(identity.pid)) return false;
  return ticks === null || identity.startTicks === null || ticks === identity.startTicks;
}

/** Field 22 of /proc/PID/stat; null without procfs. @see proc_pid_stat(5) */
function readStartTicks(pid: number): number | null {
  const ticks = readStatFields(pid)?.[19];
  return ticks === undefined ? null : Number(ticks);
}

function isZombie(pid: number): boolean {
  return readStatFields(pid)?.[0] === "Z";
}

/** The fields after the command's name, which may itself hold spaces and parentheses. */
function readStatFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
