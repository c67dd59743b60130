import { createPace } from "./pace.ts";
import { createSlidingSum } from "./sliding-sum.ts";

/** The rate that a server without words was seen to allow. */
export interface LearntRate {
  /** Starts a millisecond; null before the first refusals, when nothing is known. */
  readonly perMs: number | null;
  canTake(now: number): boolean;
  take(now: number): void;
  msUntilFree(now: number): number;
  /** A start was not used. */
  giveBack(startedAt: number): void;
  /** A call of that start was refused. */
  refuse(startedAt: number): void;
  /** A time of refusals is over: the server takes calls again. */
  adapt(now: number): void;
  /** Refused share of the last minutes' starts. */
  refusedShare(now: number): number;
}

/** More than a minute, so that a window's burst and the wait after it are seen together. */
const rememberedMs = 150_000;
/** Fewer accepted calls than this, in less time than this, say nothing of a rate. */
const enoughCalls = 10;
const enoughMs = 10_000;
/** A server that lets one call through a minute is the slowest that is believed in. */
const longestGapMs = 60_000;
/** How long a rate is held, and the share of it that is tried more after that, a second and second squared. */
const sure = { holdMs: 20_000, growth: 0.001 };
/** A rate that was not refused itself may be far below what is allowed. */
const unsure = { holdMs: 3_000, growth: 0.01 };
const backOff = 0.98;
const quickBackOff = 0.9;

/**
 * Counts what was accepted between two times of refusals, waits included: with a bucket that is what it was refilled by, with a window what
 * one window holds. Holds that rate for a while, and then tries more, slowly at first.
 * @see https://www.rfc-editor.org/rfc/rfc9438 for the shape of the growth
 */
export function createLearntRate({ perMs }: { readonly perMs: number | null }): LearntRate {
  const pace = createPace(perMs ?? 1);
  const accepted = createSlidingSum(rememberedMs);
  const refused = createSlidingSum(rememberedMs);
  let base = perMs;
  let isSure = perMs !== null;
  let adaptedAt = Number.NaN;
  let measuredSince = Number.NaN;
  /** When the pace last held a call back: a rate that nobody uses up is not tried. */
  let boundAt = Number.NEGATIVE_INFINITY;

  const grow = (now: number): void => {
    if (base === null || now - boundAt > 1_000) return;
    const { holdMs, growth } = isSure ? sure : unsure;
    const seconds = Math.max(0, now - adaptedAt - holdMs) / 1000;
    pace.setRate(base * (1 + growth * seconds * seconds), now);
  };
  return {
    get perMs() {
      return base === null ? null : pace.rate;
    },
    canTake(now) {
      if (base === null) return true;
      grow(now);
      const isFree = pace.canTake(now);
      if (!isFree) boundAt = now;
      return isFree;
    },
    take(now) {
      if (Number.isNaN(measuredSince)) measuredSince = adaptedAt = now;
      accepted.add(now, 1);
      if (base !== null) pace.take(1, now);
    },
    msUntilFree: (now) => (base === null ? 0 : pace.msUntilFree(now)),
    giveBack(startedAt) {
      accepted.adjust(startedAt, -1);
      if (base !== null) pace.give(1);
    },
    refuse(startedAt) {
      accepted.adjust(startedAt, -1);
      refused.add(startedAt, 1);
    },
    adapt(now) {
      const since = Math.max(measuredSince, now - rememberedMs);
      const count = accepted.sumSince(since, now);
      const measured = count / Math.max(1, now - since);
      if (count >= enoughCalls || (base === null && now - since >= enoughMs)) {
        // A pace that was just tried and refused is the limit, or it was far from it.
        isSure = base !== null && measured > 0.9 * pace.rate;
        base = isSure ? backOff * Math.min(pace.rate, measured * 1.05) : measured;
        measuredSince = now;
      } else if (base === null) return;
      else base = pace.rate * quickBackOff;
      base = Math.max(base, 1 / longestGapMs);
      adaptedAt = now;
      pace.setRate(base, now);
      pace.cap(0, now);
    },
    refusedShare(now) {
      const all = accepted.sum(now) + refused.sum(now);
      return all === 0 ? 0 : refused.sum(now) / all;
    },
  };
}
