/** How many calls may be in flight at one account. */
export interface Concurrency {
  readonly places: number;
  /** A call has started; so many are in flight now. */
  started(inFlight: number): void;
  /** A call has ended; so many were in flight. */
  ended(inFlight: number, wasAnswered: boolean): void;
  /** The server is at its end with so many in flight. */
  shrink(inFlight: number): void;
  /** Its rate is known, and holds calls back well enough: as many as there may be, unless it was at its end before. */
  open(): void;
}

export interface ConcurrencyOptions {
  readonly start: number;
  readonly max: number;
}

/**
 * Doubles every round trip until the server first refuses, and then grows by one and halves, as TCP does (AIMD).
 * @see https://www.rfc-editor.org/rfc/rfc5681
 */
export function createConcurrency({ start, max }: ConcurrencyOptions): Concurrency {
  let places = Math.min(start, max);
  let isDoubling = true;
  // A round trip: as many ends as there were places when it began. Only a number that was reached has been tried.
  const trip = { places: Math.floor(places), ends: 0, peak: 0, peakBefore: 0 };
  const grow = (): void => {
    if (Math.max(trip.peak, trip.peakBefore) < trip.places) return;
    places = Math.min(max, places + (isDoubling ? 1 : 1 / places));
  };
  return {
    get places() {
      return Math.floor(places);
    },
    started(inFlight) {
      trip.peak = Math.max(trip.peak, inFlight);
    },
    ended(inFlight, wasAnswered) {
      if (wasAnswered) grow();
      if (++trip.ends < trip.places) return;
      Object.assign(trip, { places: Math.floor(places), ends: 0, peak: inFlight - 1, peakBefore: trip.peak });
    },
    shrink(inFlight) {
      isDoubling = false;
      places = Math.max(1, Math.min(places, inFlight) / 2);
    },
    open() {
      if (isDoubling) places = max;
    },
  };
}
