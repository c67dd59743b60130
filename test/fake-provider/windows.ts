/** How a limit is counted. */
export type WindowKind = "bucket" | "full-bucket" | "sliding" | "fixed";

/** A limit of so many units a period. */
export interface LimitWindow {
  readonly limit: number;
  /** Milliseconds until so many units fit; 0 when they do. More than the limit fit once everything is free. */
  waitMs(amount: number, now: number): number;
  /** Takes them, whether they fit or not. */
  take(amount: number, now: number): void;
  /** Units that would fit now. */
  remaining(now: number): number;
  /** Milliseconds until everything is free again. */
  resetMs(now: number): number;
}

export interface WindowOptions {
  readonly kind: WindowKind;
  readonly limit: number;
  readonly periodMs: number;
  /** Part of the limit that a `bucket` holds. */
  readonly burstShare: number;
}

export function createWindow({ kind, limit, periodMs, burstShare }: WindowOptions): LimitWindow {
  switch (kind) {
    case "bucket":
      return createBucket({ limit, periodMs, capacity: Math.max(1, limit * burstShare) });
    case "full-bucket":
      return createBucket({ limit, periodMs, capacity: limit });
    case "sliding":
      return createSliding(limit, periodMs);
    case "fixed":
      return createFixed(limit, periodMs);
  }
}

/** Fills evenly. What takes more than it holds waits until it is full, and leaves a debt. */
function createBucket({
  limit,
  periodMs,
  capacity,
}: {
  limit: number;
  periodMs: number;
  capacity: number;
}): LimitWindow {
  const perMs = limit / periodMs;
  let level = capacity;
  let filledAt: number | null = null;
  const fill = (now: number): number => {
    level = Math.min(capacity, level + Math.max(0, now - (filledAt ?? now)) * perMs);
    filledAt = Math.max(now, filledAt ?? now);
    return level;
  };
  return {
    limit,
    waitMs: (amount, now) => Math.max(0, (Math.min(amount, capacity) - fill(now)) / perMs),
    take(amount, now) {
      level = fill(now) - amount;
    },
    remaining: (now) => Math.max(0, Math.floor(fill(now))),
    resetMs: (now) => (capacity - fill(now)) / perMs,
  };
}

/** No more than the limit in any stretch of one period. */
function createSliding(limit: number, periodMs: number): LimitWindow {
  const taken: { at: number; amount: number }[] = [];
  let first = 0;
  let sum = 0;
  const drop = (now: number): void => {
    for (let entry = taken[first]; entry !== undefined && entry.at + periodMs <= now; entry = taken[++first]) {
      sum -= entry.amount;
    }
    if (first < 10_000) return;
    taken.splice(0, first);
    first = 0;
  };
  return {
    limit,
    waitMs(amount, now) {
      drop(now);
      let excess = sum + Math.min(amount, limit) - limit;
      for (let index = first; excess > 0; index++) {
        const entry = taken[index];
        if (entry === undefined) break;
        excess -= entry.amount;
        if (excess <= 0) return entry.at + periodMs - now;
      }
      return 0;
    },
    take(amount, now) {
      taken.push({ at: now, amount });
      sum += amount;
    },
    remaining(now) {
      drop(now);
      return Math.max(0, limit - sum);
    },
    resetMs(now) {
      drop(now);
      return Math.max(0, (taken.at(-1)?.at ?? now - periodMs) + periodMs - now);
    },
  };
}

/** Starts anew every period; the first begins with the first request. */
function createFixed(limit: number, periodMs: number): LimitWindow {
  let begunAt: number | null = null;
  let used = 0;
  const turn = (now: number): number => {
    begunAt ??= now;
    const periods = Math.floor((now - begunAt) / periodMs);
    if (periods > 0) {
      begunAt += periods * periodMs;
      used = 0;
    }
    return begunAt + periodMs - now;
  };
  return {
    limit,
    waitMs(amount, now) {
      const leftMs = turn(now);
      return used + Math.min(amount, limit) <= limit ? 0 : leftMs;
    },
    take(amount, now) {
      turn(now);
      used += amount;
    },
    remaining(now) {
      turn(now);
      return Math.max(0, limit - used);
    },
    resetMs: (now) => turn(now),
  };
}
