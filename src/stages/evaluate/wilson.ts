/** The standard normal quantile at 0.975: 2.5% lie above it and 2.5% below its negative. */
const z95 = 1.959963984540054;

/** Lower and upper end of an interval, each a share of 1. */
export type Interval = readonly [low: number, high: number];

/**
 * The 95% confidence interval of a share by Wilson's score method, without continuity correction: sensible at 0 and 1 and for few trials.
 * Null where nothing was tried.
 * @see Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
 * @see Newcombe, R. G. (1998). Two-sided confidence intervals for the single proportion. Statistics in Medicine 17, 857-872 (method 3).
 */
export function wilsonInterval(successes: number, trials: number): Interval | null {
  if (!Number.isInteger(successes) || !Number.isInteger(trials) || successes < 0 || successes > trials) {
    throw new RangeError(`Expected 0 <= successes <= trials, got ${successes} of ${trials}`);
  }
  if (trials === 0) return null;
  const share = successes / trials;
  const zz = z95 * z95;
  const centre = (share + zz / (2 * trials)) / (1 + zz / trials);
  const halfWidth = (z95 / (1 + zz / trials)) * Math.sqrt((share * (1 - share)) / trials + zz / (4 * trials * trials));
  // At the ends the exact bound is 0 or 1; rounding must not push it past or short of them.
  return [successes === 0 ? 0 : centre - halfWidth, successes === trials ? 1 : centre + halfWidth];
}
