export interface MovingRateOptions {
  /** How far it looks back. */
  readonly windowMs?: number;
  readonly now?: () => number;
}

/** How fast a count grows, by its last half a minute. */
export interface MovingRate {
  /** Notes the count as it is now; cheap at any rate of calls. */
  observe(count: number): void;
  /** Units a second up to now, so that it falls while nothing happens; null before anything has. */
  perSecond(): number | null;
}

const samplesPerWindow = 60;

export function createMovingRate({ windowMs = 30_000, now = Date.now }: MovingRateOptions = {}): MovingRate {
  let samples: { readonly at: number; readonly count: number }[] = [];
  let latest = 0;
  return {
    observe(count) {
      latest = count;
      const at = now();
      const last = samples.at(-1);
      if (last !== undefined && at - last.at < windowMs / samplesPerWindow) return;
      samples.push({ at, count });
      // One from before the window stays, to measure from.
      const firstInside = samples.findIndex((sample) => sample.at > at - windowMs);
      if (firstInside > 1) samples = samples.slice(firstInside - 1);
    },
    perSecond() {
      const [first] = samples;
      if (first === undefined || latest === 0) return null;
      const seconds = (now() - first.at) / 1000;
      return seconds <= 0 ? null : (latest - first.count) / seconds;
    },
  };
}
