/** How a call ended, as far as the limiter is concerned. */
export type CallEnd = "answered" | "refused" | "failed";

/** How many calls may be in flight at one model. */
export interface Limiter {
  readonly inFlight: number;
  /** Calls that may be in flight now. */
  readonly concurrency: number;
  /** Takes a place, if there is one. */
  tryStart(): boolean;
  /** Gives a place back that `tryStart` took. */
  end(how: CallEnd, details: { readonly startedAt: number; readonly retryAfterMs?: number | null }): void;
  /** Gives a place back that was not used. */
  cancelStart(): void;
  /** Milliseconds until calls may start again after a refusal; 0 when they may. */
  pauseMs(): number;
  /** Tells of places that became free; returns how to stop listening. */
  onFree(listener: () => void): () => void;
}

export interface LimiterOptions {
  /** Calls in flight at the start. */
  readonly start: number;
  /** Most calls in flight. */
  readonly max: number;
  readonly now?: () => number;
  readonly random?: () => number;
}

const firstPauseMs = 250;
const longestPauseMs = 30_000;

/**
 * Concurrency that doubles every round trip until the server first refuses, and then grows by one and halves, as TCP does (AIMD). A
 * refusal pauses all starts for as long as the server says. @see https://www.rfc-editor.org/rfc/rfc5681
 */
export function createLimiter({ start, max, now = Date.now, random = Math.random }: LimiterOptions): Limiter {
  const listeners = new Set<() => void>();
  let concurrency = Math.min(start, max);
  let isDoubling = true;
  let inFlight = 0;
  let pausedUntil = 0;
  let decreasedAt = Number.NEGATIVE_INFINITY;
  let refusalsInARow = 0;

  // A round trip: as many ends as there were places when it began. Only a limit that was reached has been tried.
  const trip = { places: Math.floor(concurrency), ends: 0, peak: 0, peakBefore: 0 };
  const countEnd = (): void => {
    if (++trip.ends < trip.places) return;
    Object.assign(trip, { places: Math.floor(concurrency), ends: 0, peak: inFlight - 1, peakBefore: trip.peak });
  };
  const grow = (): void => {
    if (Math.max(trip.peak, trip.peakBefore) < trip.places) return;
    concurrency = Math.min(max, concurrency + (isDoubling ? 1 : 1 / concurrency));
  };
  const shrink = (startedAt: number, retryAfterMs: number | null): void => {
    const at = now();
    // The other calls of the same round trip are refused for the same reason.
    if (startedAt > decreasedAt) {
      decreasedAt = at;
      refusalsInARow++;
      isDoubling = false;
      concurrency = Math.max(1, Math.min(concurrency, inFlight) / 2);
    }
    const guess = Math.min(longestPauseMs, firstPauseMs * 2 ** (refusalsInARow - 1)) * (0.5 + random() / 2);
    pausedUntil = Math.max(pausedUntil, at + (retryAfterMs ?? guess));
  };
  const free = (): void => {
    inFlight--;
    for (const listener of listeners) listener();
  };

  return {
    get inFlight() {
      return inFlight;
    },
    get concurrency() {
      return Math.floor(concurrency);
    },
    tryStart() {
      if (inFlight >= Math.floor(concurrency) || (pausedUntil > 0 && now() < pausedUntil)) return false;
      inFlight++;
      trip.peak = Math.max(trip.peak, inFlight);
      return true;
    },
    end(how, { startedAt, retryAfterMs = null }) {
      if (how === "answered") {
        refusalsInARow = 0;
        grow();
      }
      if (how === "refused") shrink(startedAt, retryAfterMs);
      countEnd();
      free();
    },
    cancelStart() {
      inFlight--;
    },
    pauseMs: () => Math.max(0, pausedUntil - now()),
    onFree(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
