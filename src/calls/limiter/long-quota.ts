/** A limit over an hour or a day: it is used as fast as it goes, until there is nothing left. */
export interface LongQuota {
  readonly limit: number;
  readonly windowMs: number;
  setLimit(limit: number, now: number): void;
  canTake(amount: number, now: number): boolean;
  take(amount: number, now: number): void;
  settle(change: number): void;
  msUntilFree(amount: number, now: number): number;
  observe(seen: SeenLongQuota, now: number): void;
}

export interface SeenLongQuota {
  readonly remaining: number;
  readonly takenSince: number;
  readonly startedAt: number;
  /** When all of it comes back; null where it comes back little by little. */
  readonly resetAt: number | null;
}

export interface LongQuotaOptions {
  readonly limit: number;
  readonly windowMs: number;
  /** Taken in this window before now. */
  readonly used?: number;
  /** The end of the window that a moment is in, where the window is one of the calendar's. */
  readonly windowEnd?: (now: number) => number;
}

export function createLongQuota({ windowMs, used = 0, windowEnd, ...options }: LongQuotaOptions): LongQuota {
  let { limit } = options;
  let left = limit - used;
  let at = Number.NaN;
  let resetAt: number | null = null;
  const catchUp = (now: number): void => {
    if (Number.isNaN(at)) resetAt = windowEnd?.(now) ?? null;
    else if (resetAt === null) left = Math.min(limit, left + ((now - at) * limit) / windowMs);
    else if (now >= resetAt) {
      left = limit;
      resetAt = windowEnd?.(now) ?? now + windowMs;
    }
    at = now;
  };
  const needed = (amount: number): number => Math.min(amount, limit);
  return {
    get limit() {
      return limit;
    },
    windowMs,
    setLimit(next, now) {
      catchUp(now);
      left += next - limit;
      limit = next;
    },
    canTake(amount, now) {
      catchUp(now);
      return left >= needed(amount);
    },
    take(amount, now) {
      catchUp(now);
      left -= amount;
    },
    settle(change) {
      left -= change;
    },
    msUntilFree(amount, now) {
      catchUp(now);
      const missing = needed(amount) - left;
      if (missing <= 0) return 0;
      return resetAt === null ? (missing * windowMs) / limit : resetAt - now;
    },
    observe(seen, now) {
      catchUp(now);
      resetAt = seen.resetAt;
      const regained = resetAt === null ? (Math.max(0, now - seen.startedAt) * limit) / windowMs : 0;
      left = seen.remaining - seen.takenSince + regained;
    },
  };
}

/** The next midnight in UTC. */
export function nextUtcMidnight(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
}

/** The next midnight in a time zone, for providers whose day begins elsewhere. */
export function nextMidnightIn(timeZone: string, now: number): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", hour: "2-digit", minute: "2-digit" });
  const hourAndMinute = (at: number): string => format.format(at);
  // Quarters of an hour: no zone's midnight lies between them, and a day that changes its clock is as long as it is.
  const quarterMs = 900_000;
  let at = Math.floor(now / quarterMs) * quarterMs + quarterMs;
  while (hourAndMinute(at) !== "00:00") at += quarterMs;
  return at;
}
