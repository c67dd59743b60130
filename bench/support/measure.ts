/** A piece of work over so many calls. */
export interface Measured {
  readonly perSecond: number;
  /** Processor seconds of this process, all its threads, a thousand calls. */
  readonly cpuPerThousand: number;
}

export async function measure(calls: number, run: () => Promise<void>): Promise<Measured> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: calls / seconds, cpuPerThousand: (user + system) / 1e6 / (calls / 1000) };
}

export function describeMeasured({ perSecond, cpuPerThousand }: Measured): string {
  return `${Math.round(perSecond).toLocaleString("en-US").padStart(6)}/s  ${cpuPerThousand.toFixed(2).padStart(5)} CPU s per 1,000`;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}

export function describeSpread({ min, median, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
}
