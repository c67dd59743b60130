import { createPace } from "./pace.ts";
import { createSlidingSum } from "./sliding-sum.ts";

/** A limit over a window of up to a minute. */
export interface Quota {
  readonly limit: number;
  readonly windowMs: number;
  /** Servers change limits with the account's standing. */
  setLimit(limit: number, now: number): void;
  canTake(amount: number, now: number): boolean;
  take(amount: number, now: number): void;
  /** What a call really took, when that is known. */
  settle(change: number, startedAt: number): void;
  /** Milliseconds until `canTake`; 0 where it may now. */
  msUntilFree(amount: number, now: number): number;
  /** What the server counted, of what was started up to a moment. */
  observe(seen: SeenQuota, now: number): void;
  /** The rate at which it was taken in the last seconds, as a share of the limit's. */
  used(now: number): number;
}

export interface SeenQuota {
  readonly remaining: number;
  /** Taken by us since the response's call was started: the server may not have counted it. */
  readonly takenSince: number;
  readonly startedAt: number;
  /** When all comes back at once; null where it comes back little by little. */
  readonly fixedResetAt: number | null;
}

/**
 * How much later than a window ends it is taken as ended: calls reach the server with some jitter, and one that comes a millisecond too
 * early is refused. Costs a quarter of a percent of a minute's limit.
 */
const longestGuardMs = 150;
const guardShare = 0.0025;

/** What `used` looks back on: a young run has not filled a minute. */
const recentMs = 10_000;
const shortestSpanMs = 1_000;

/** Readings of one window agree so far on its end. */
const sameEndMs = 2_000;
const regainedDoubt = 0.1;

/**
 * Starts calls at exactly the limit: evenly, never more of them in any one window than allowed (for servers that count over the last
 * minute), and no more than the server says are left (others may use the same account). Fits servers with a bucket, small or
 * large, with a sliding and with a fixed window.
 */
export function createQuota(options: { readonly limit: number; readonly windowMs: number }): Quota {
  const { windowMs } = options;
  let { limit } = options;
  const guardedMs = windowMs + Math.min(longestGuardMs, windowMs * guardShare * 10);
  const pace = createPace(limit / guardedMs);
  const window = createSlidingSum(guardedMs);
  let lastAmount = 1;
  let firstTakenAt = Number.POSITIVE_INFINITY;
  let fixed = { resetAt: 0, left: Number.POSITIVE_INFINITY };

  // A call that is larger than the whole window may start in an empty one.
  const fits = (amount: number, now: number): boolean => window.sum(now) <= Math.max(0, limit - amount);
  const isSpent = (now: number): boolean => now < fixed.resetAt && fixed.left < 1;
  return {
    get limit() {
      return limit;
    },
    windowMs,
    setLimit(next, now) {
      limit = next;
      pace.setRate(limit / guardedMs, now);
    },
    canTake: (amount, now) => pace.canTake(now) && fits(amount, now) && !isSpent(now),
    take(amount, now) {
      lastAmount = amount;
      firstTakenAt = Math.min(firstTakenAt, now);
      pace.take(amount, now);
      window.add(now, amount);
      fixed.left -= amount;
    },
    settle(change, startedAt) {
      pace.give(-change);
      window.adjust(startedAt, change);
    },
    msUntilFree(amount, now) {
      const resetMs = isSpent(now) ? fixed.resetAt - now : 0;
      return Math.max(pace.msUntilFree(now), window.msUntil(Math.max(0, limit - amount), now), resetMs);
    },
    observe({ remaining, takenSince, startedAt, fixedResetAt }, now) {
      const left = remaining - takenSince;
      if (fixedResetAt !== null) {
        // A reading of a window that is over says nothing of this one.
        if (fixedResetAt <= now || fixedResetAt < fixed.resetAt - sameEndMs) return;
        fixed = { resetAt: fixedResetAt, left };
        return;
      }
      fixed = { resetAt: 0, left: Number.POSITIVE_INFINITY };
      const regained = pace.rate * Math.max(0, now - startedAt);
      // The pace lets a call start at level 0, the server one that finds all that it takes. What came back since is not known exactly.
      pace.cap(left + regained * (1 + regainedDoubt) - lastAmount, now);
    },
    used(now) {
      const spanMs = Math.min(windowMs, recentMs, Math.max(shortestSpanMs, now - firstTakenAt));
      return window.sumSince(now - spanMs, now) / (limit * (spanMs / windowMs));
    },
  };
}
