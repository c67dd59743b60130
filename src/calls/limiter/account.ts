import { type Breaker, createBreaker } from "./breaker.ts";
import { type Concurrency, createConcurrency } from "./concurrency.ts";
import { createOverloads } from "./overloads.ts";

/** How a call ended, as far as the server's state is concerned. */
export type CallEnd =
  | "answered"
  /** This call cannot be answered as it stands; the server is well. */
  | "rejected"
  /** Too many calls in too short a time. */
  | "refused"
  /** Too many calls at once. */
  | "overloaded"
  /** The server has no room (503, 529): for all that anyone sends, or for this one call. */
  | "unavailable"
  /** The server, or the way to it, failed. */
  | "failed";

/** What all models of one account share: the calls in flight, the pause after a refusal, the breaker. */
export interface Account {
  readonly inFlight: number;
  readonly concurrency: Concurrency;
  readonly breaker: Breaker;
  readonly now: () => number;
  readonly pausedUntil: number;
  /** A pause is over, but whether the server takes calls again is not known yet. */
  readonly isTrying: boolean;
  mayStart(now: number): boolean;
  /** Returns whether the call tries out a server that failed. */
  start(now: number): boolean;
  end(call: EndedCall, how: CallEnd): void;
  cancel(wasProbe: boolean): void;
  /**
   * Nothing starts for so long; `onAdmitted` is told when the server takes calls again. A lone "unavailable" that says no time is the call's
   * own affair.
   */
  refuse(call: RefusedCall): void;
  /** Milliseconds until `mayStart`; null where only the end of a call in flight helps. */
  msUntilStart(now: number): number | null;
  onFree(listener: () => void): () => void;
}

export interface EndedCall {
  readonly startedAt: number;
  readonly isProbe: boolean;
}

export type Refusal = Extract<CallEnd, "refused" | "overloaded" | "unavailable">;

export interface RefusedCall {
  readonly startedAt: number;
  /** Null where the server does not say. */
  readonly retryAfterMs: number | null;
  readonly how: Refusal;
  readonly onAdmitted: () => void;
}

export interface AccountOptions {
  /** Calls in flight at the start. */
  readonly start: number;
  /** Most calls in flight. */
  readonly max: number;
  readonly now?: () => number;
  readonly random?: () => number;
}

const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** A call that is not refused within three times as long as a refusal takes was admitted. */
const shortestAdmitMs = 200;
const longestAdmitMs = 1_000;

export function createAccount({ start, max, now = Date.now, random = Math.random }: AccountOptions): Account {
  const listeners = new Set<() => void>();
  const concurrency = createConcurrency({ start, max });
  const breaker = createBreaker({ random });
  const overloads = createOverloads();
  let inFlight = 0;
  let probes = 0;
  let pausedUntil = 0;
  let refusedAt = Number.NEGATIVE_INFINITY;
  let refusalsInARow = 0;
  let admitMs = longestAdmitMs;
  /** From a refusal until the server takes calls again: one call tries, the others wait. */
  let trial: { triedAt: number | null; readonly onAdmitted: () => void } | null = null;

  const isAdmitted = (at: number): boolean =>
    trial === null || (trial.triedAt !== null && at - trial.triedAt >= admitMs);
  const endTrial = (): void => {
    const ended = trial;
    trial = null;
    refusalsInARow = 0;
    ended?.onAdmitted();
  };
  return {
    concurrency,
    breaker,
    now,
    get inFlight() {
      return inFlight;
    },
    get pausedUntil() {
      return pausedUntil;
    },
    get isTrying() {
      return trial !== null;
    },
    mayStart(at) {
      if (inFlight >= concurrency.places || at < pausedUntil) return false;
      if (breaker.isOpen) return probes === 0 && at >= breaker.nextTryAt;
      return trial === null || trial.triedAt === null || isAdmitted(at);
    },
    start(at) {
      if (trial !== null) {
        if (isAdmitted(at)) endTrial();
        else trial.triedAt = at;
      }
      inFlight++;
      concurrency.started(inFlight);
      if (breaker.isOpen) probes++;
      return breaker.isOpen;
    },
    end({ startedAt, isProbe }, how) {
      if (isProbe) probes--;
      overloads.note(how === "unavailable");
      if (how === "failed" || (how === "unavailable" && isProbe)) breaker.fail(now(), isProbe);
      else if (how !== "unavailable") breaker.succeed();
      const isNews = trial?.triedAt !== null && startedAt >= (trial?.triedAt ?? 0);
      if (isNews && (how === "answered" || how === "rejected")) endTrial();
      concurrency.ended(inFlight, how === "answered");
      inFlight--;
      for (const listener of listeners) listener();
    },
    cancel(wasProbe) {
      if (wasProbe) probes--;
      inFlight--;
      if (trial !== null) trial.triedAt = null;
    },
    refuse({ startedAt, retryAfterMs, how, onAdmitted }) {
      const at = now();
      const isCrowded = how === "overloaded" || (how === "unavailable" && overloads.isMany);
      const isLone = how === "unavailable" && !isCrowded && trial === null;
      if (isLone && retryAfterMs === null) return;
      // The other calls of the same round trip are refused for the same reason.
      if (startedAt > refusedAt) {
        refusedAt = at;
        refusalsInARow++;
        admitMs = Math.min(longestAdmitMs, Math.max(shortestAdmitMs, 3 * (at - startedAt)));
        if (isCrowded) {
          concurrency.shrink(inFlight);
          overloads.forget();
        }
        trial = { triedAt: null, onAdmitted };
      }
      const guess = Math.min(longestPauseMs, firstPauseMs * 2 ** (refusalsInARow - 1)) * (0.5 + random() / 2);
      pausedUntil = Math.max(pausedUntil, at + (retryAfterMs ?? guess));
    },
    msUntilStart(at) {
      if (inFlight >= concurrency.places || (breaker.isOpen && probes > 0)) return null;
      const triedMs = trial === null || trial.triedAt === null ? 0 : trial.triedAt + admitMs - at;
      return Math.max(0, pausedUntil - at, breaker.nextTryAt - at, triedMs);
    },
    onFree(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
