/** Keeps calls from a server that fails most of them. */
export interface Breaker {
  readonly isOpen: boolean;
  /** Milliseconds since the server failed; 0 where the breaker is closed. */
  outageMs(now: number): number;
  /** When the next call may try whether the server is well; 0 where the breaker is closed. */
  readonly nextTryAt: number;
  succeed(): void;
  /** A call failed by the server's fault; `isProbe` where it was to try the server out. */
  fail(now: number, isProbe: boolean): void;
}

const remembered = 20;
const enoughFailures = 10;
const failedShare = 0.6;
const firstPauseMs = 1_000;
const longestPauseMs = 15_000;

export function createBreaker({ random }: { readonly random: () => number }): Breaker {
  /** Of the last calls, whether they failed. */
  const last: boolean[] = [];
  let count = 0;
  let failedSince = 0;
  let openSince: number | null = null;
  let pauses = 0;
  let nextTryAt = 0;
  const note = (isFailed: boolean): void => {
    last[count++ % remembered] = isFailed;
  };
  const pause = (now: number): void => {
    nextTryAt = now + Math.min(longestPauseMs, firstPauseMs * 2 ** pauses++) * (0.75 + random() / 4);
  };
  return {
    get isOpen() {
      return openSince !== null;
    },
    outageMs: (now) => (openSince === null ? 0 : now - openSince),
    get nextTryAt() {
      return openSince === null ? 0 : nextTryAt;
    },
    succeed() {
      note(false);
      failedSince = 0;
      if (openSince === null) return;
      openSince = null;
      pauses = 0;
      last.length = count = 0;
    },
    fail(now, isProbe) {
      note(true);
      if (failedSince === 0) failedSince = now;
      if (openSince !== null) {
        // Calls that were in flight when it opened say nothing new.
        if (isProbe) pause(now);
        return;
      }
      const failures = last.filter(Boolean).length;
      if (failures < enoughFailures || failures < failedShare * last.length) return;
      openSince = failedSince;
      pause(now);
    },
  };
}
