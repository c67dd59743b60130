import { dayMs, hourMs, minuteMs, type QuotaReading, secondMs } from "./quota-reading.ts";

/** What kind of quota a server's readings show. */
export interface QuotaWindow {
  readonly windowMs: number;
  /** When all of it comes back at once; null where it comes back little by little, or it is not known. */
  readonly resetAt: number | null;
}

export interface WindowGuess {
  /** `startedAt` is the start of the call that the reading came with. */
  observe(reading: QuotaReading, times: ReadingTimes): QuotaWindow;
}

export interface ReadingTimes {
  readonly startedAt: number;
  readonly now: number;
}

const refillWindows = [minuteMs, dayMs, secondMs, hourMs];
const fixedWindows = [secondMs, 10 * secondMs, minuteMs, hourMs, dayMs];
/** Readings before a window shorter than a minute is believed. */
const enoughReadings = 5;
const sameResetMs = 1_500;

/**
 * Finds out over which window a limit counts. With servers that refill a bucket, the reset is the time until it is full, so that
 * reset x limit / used is the window from the first reading on. With fixed windows the reset counts down to one moment, and the longest
 * reset seen is the least that the window can be.
 */
export function createWindowGuess(): WindowGuess {
  const votes = new Map<number, number>();
  let refills = 0;
  let readings = 0;
  let longestResetMs = 0;
  let mostRemaining = 0;
  // Some servers count when a call comes, some when its answer goes: from one of both moments the resets point to the same end.
  const fromStart = createEndTracker();
  const fromEnd = createEndTracker();

  const windowOf = (): number => {
    const [best] = [...votes].sort(([, a], [, b]) => b - a);
    if (best !== undefined && best[1] >= refills * 0.6) return best[0];
    // In a window of a second nearly all of the limit is left at its beginning; a minute's limit that is doled out by the second never is.
    const shortestMs = readings >= enoughReadings && mostRemaining >= 0.5 ? 0 : minuteMs;
    return fixedWindows.find((windowMs) => windowMs >= Math.max(shortestMs, longestResetMs * 0.95)) ?? dayMs;
  };
  const isRefilling = (): boolean => Math.max(0, ...votes.values()) >= Math.max(1, refills * 0.6);

  return {
    observe(reading, { startedAt, now }) {
      const { limit, remaining, resetMs } = reading;
      mostRemaining = Math.max(mostRemaining, (remaining ?? 0) / limit);
      let resetAt: number | null = null;
      if (resetMs !== null && resetMs > 0) {
        readings++;
        longestResetMs = Math.max(longestResetMs, resetMs);
        resetAt = least(fromStart(startedAt, resetMs), fromEnd(now, resetMs));
        const used = remaining === null ? 0 : limit - remaining;
        const window = used > 0 ? refillWindow({ limit, used, resetMs }) : null;
        // A single one may be nearly back again: no match says nothing.
        if (used > 1 || window !== null) refills++;
        if (window !== null) votes.set(window, (votes.get(window) ?? 0) + 1);
      }
      const windowMs = reading.windowMs ?? (readings === 0 ? minuteMs : windowOf());
      return { windowMs, resetAt: isRefilling() ? null : resetAt };
    },
  };
}

/** Tells the end that resets, counted from given moments, have pointed to for a while; null while they do not agree. */
function createEndTracker(): (from: number, resetMs: number) => number | null {
  let first: { readonly from: number; readonly end: number } | null = null;
  return (from, resetMs) => {
    const end = from + resetMs;
    if (first === null || Math.abs(end - first.end) > sameResetMs) first = { from, end };
    return from - first.from > 2 * sameResetMs ? end : null;
  };
}

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** The window in which a bucket fills so fast; null where the reset is not the time until the bucket is full. */
function refillWindow({ limit, used, resetMs }: { limit: number; used: number; resetMs: number }): number | null {
  return (
    refillWindows.find((windowMs) => {
      const mostMs = (windowMs * used) / limit;
      // Servers round the remaining down, and the reset to milliseconds. In a long window the one would explain any reset.
      const isRounded = windowMs === minuteMs && used > 1;
      const leastMs = isRounded ? (windowMs * (used - 1)) / limit : mostMs;
      return resetMs >= leastMs * 0.98 - 1 && resetMs <= mostMs * 1.02 + 1;
    }) ?? null
  );
}
