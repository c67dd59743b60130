import { setTimeout as sleep } from "node:timers/promises";
import { CancelledError } from "../../core/index.ts";
import { classifyFailure, type Failure } from "../failure.ts";

export interface PatienceOptions {
  /** Ends the waits: nothing new is begun. */
  readonly halt: AbortSignal;
  /** Ends what is in flight. */
  readonly cut: AbortSignal;
  /** Told of each failure that is waited out, and null when it is over. */
  readonly onTrouble: (failure: Failure | null) => void;
  /** The first wait; doubles. */
  readonly firstMs: number;
  readonly random: () => number;
  /** For one request; null for one that sees to that itself. */
  readonly timeoutMs?: number | null;
}

/** Waits grow to so many times the first one. */
export const mostPollFactor = 20;
/** One request may take so long. */
const lookTimeoutMs = 60_000;
const longestWaitMs = 5 * 60_000;
/** A batch is paid for: a night without a network, or a provider's bad day, must not lose it. */
export const patienceMs = 36 * 3_600_000;

/**
 * Asks a provider until it answers: what may pass is tried again with growing waits for a day and more. Gives back the failure that no wait
 * helps with.
 * @throws CancelledError after `halt`; what is no failure of a provider's as it is.
 */
export async function askPatiently<T>(
  use: (signal: AbortSignal) => Promise<T>,
  { halt, cut, onTrouble, firstMs, random, timeoutMs = lookTimeoutMs }: PatienceOptions,
): Promise<{ readonly value: T } | { readonly failure: Failure }> {
  const startedAt = Date.now();
  for (let waitMs = firstMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    if (halt.aborted) throw new CancelledError();
    const tried = await askOnce(use, { cut, timeoutMs });
    if ("value" in tried) {
      onTrouble(null);
      return tried;
    }
    if (halt.aborted) throw new CancelledError();
    const { failure } = tried;
    if (failure.kind === "bug") throw failure.cause;
    const isPassing = failure.kind === "passing" || failure.kind === "refused";
    if (!isPassing || Date.now() - startedAt > patienceMs) return { failure };
    onTrouble(failure);
    await pause(Math.max(failure.retryAfterMs ?? 0, waitMs * (0.5 + random() / 2)), halt);
  }
}

export async function askOnce<T>(
  use: (signal: AbortSignal) => Promise<T>,
  { cut, timeoutMs }: { cut: AbortSignal; timeoutMs: number | null },
): Promise<{ readonly value: T } | { readonly failure: Failure }> {
  const deadline = timeoutMs === null ? new AbortController().signal : AbortSignal.timeout(timeoutMs);
  try {
    return { value: await use(AbortSignal.any([cut, deadline])) };
  } catch (error) {
    return { failure: classifyFailure(error, { isTimedOut: deadline.aborted || cut.aborted }) };
  }
}

/** @throws CancelledError when halted meanwhile. */
export async function pause(ms: number, halt: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: halt });
  } catch {
    throw new CancelledError();
  }
}
