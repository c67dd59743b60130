/** Spreads starts evenly over time. */
export interface Pace {
  /** Units a millisecond. */
  readonly rate: number;
  setRate(rate: number, now: number): void;
  canTake(now: number): boolean;
  /** What is taken may be more than there is: the next start waits the longer. */
  take(amount: number, now: number): void;
  /** Corrects what was taken. */
  give(amount: number): void;
  /** There is no more than so much, as another has counted it. */
  cap(level: number, now: number): void;
  msUntilFree(now: number): number;
}

/**
 * Lost time that is made up for: half a second. A server that holds one second's burst so keeps half of it against the network's
 * jitter; a pace that made up for all of it would find an empty bucket at every hiccup.
 */
const burstMs = 500;

export function createPace(startRate: number): Pace {
  let rate = startRate;
  let level = 0;
  let at = Number.NaN;
  const refill = (now: number): void => {
    if (now > at) level = Math.min(rate * burstMs, level + (now - at) * rate);
    at = Number.isNaN(at) ? now : Math.max(at, now);
  };
  return {
    get rate() {
      return rate;
    },
    setRate(next, now) {
      refill(now);
      rate = next;
      level = Math.min(level, rate * burstMs);
    },
    canTake(now) {
      refill(now);
      return level >= 0;
    },
    take(amount, now) {
      refill(now);
      level -= amount;
    },
    give(amount) {
      level = Math.min(rate * burstMs, level + amount);
    },
    cap(most, now) {
      refill(now);
      level = Math.min(level, most);
    },
    msUntilFree(now) {
      refill(now);
      return level >= 0 ? 0 : -level / rate;
    },
  };
}
