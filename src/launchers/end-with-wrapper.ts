/** Set to "1" in the environment of a job that has a wrapper: the wrapper writes exit.json, not the job. */
export const wrappedVariable = "NEXA_WRAPPED";

export interface EndWithWrapperOptions {
  /** How long the orderly end may take before this process and its group are killed. */
  readonly killAfterMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Whether this process was started by a wrapper. */
export function isWrapped(env: NodeJS.ProcessEnv = process.env): boolean {
  return env[wrappedVariable] === "1";
}

/**
 * Calls `onGone` once when the wrapper that started this process dies, which closes the IPC channel between them; `killAfterMs` later the
 * process kills its group. Does nothing in a process without a wrapper, and does not keep the process alive.
 */
export function endWithWrapper(onGone: () => void, options: EndWithWrapperOptions = {}): void {
  const { killAfterMs = 10_000, env = process.env } = options;
  if (!isWrapped(env)) return;
  // The pipes to a dead wrapper are broken: saying something must not end the process before its work is in order.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  const end = (): void => {
    setTimeout(killOwnGroup, killAfterMs).unref();
    onGone();
  };
  if (!process.connected) {
    queueMicrotask(end);
    return;
  }
  process.once("disconnect", end);
  process.channel?.unref();
}

function killOwnGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}
