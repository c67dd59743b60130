import type { Deadline } from "./deadline.ts";

/** One try that is under way. */
export interface Flight {
  readonly signal: AbortSignal;
  /** Whether it was ended at its deadline. */
  readonly isTimedOut: boolean;
}

export interface FlightOptions {
  readonly maxTokens: number;
  /** Earlier tries of the call that hung. */
  readonly hangs: number;
}

/** The tries under way, and their deadlines. */
export interface InFlight {
  start(options: FlightOptions): Flight;
  end(flight: Flight): void;
  /** Ends all, now and later ones. */
  abortAll(): void;
  readonly isAborted: boolean;
}

interface OwnFlight extends Flight {
  readonly controller: AbortController;
  readonly startedAt: number;
  readonly options: FlightOptions;
  isTimedOut: boolean;
}

const sweepMs = 100;

/**
 * Looks at all tries ten times a second, instead of a timer for each: a deadline that was generous as nothing was known gets shorter with
 * the first answers, also for what started before. `deadline` is null where nothing ever counts as hung.
 */
export function createInFlight(deadline: Deadline | null): InFlight {
  const flights = new Set<OwnFlight>();
  let timer: NodeJS.Timeout | null = null;
  let isAborted = false;
  const sweep = (): void => {
    const now = performance.now();
    for (const flight of flights) {
      if (deadline === null || now - flight.startedAt < deadline.forTry(flight.options)) continue;
      flight.isTimedOut = true;
      flight.controller.abort();
    }
  };
  return {
    start(options) {
      const controller = new AbortController();
      const flight = {
        controller,
        signal: controller.signal,
        startedAt: performance.now(),
        options,
        isTimedOut: false,
      };
      flights.add(flight);
      if (isAborted) controller.abort();
      if (deadline !== null) timer ??= setInterval(sweep, sweepMs);
      return flight;
    },
    end(flight) {
      flights.delete(flight as OwnFlight);
      if (flights.size > 0 || timer === null) return;
      clearInterval(timer);
      timer = null;
    },
    abortAll() {
      isAborted = true;
      for (const { controller } of flights) controller.abort();
    },
    get isAborted() {
      return isAborted;
    },
  };
}
