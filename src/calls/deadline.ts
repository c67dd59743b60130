/** How long a call may take before it counts as hung. */
export interface Deadline {
  observe(latencyMs: number): void;
  /** Milliseconds for a call that hung so many times before. */
  forTry(hangs: number): number;
}

export interface DeadlineOptions {
  readonly shortestMs?: number;
  /** As long as too few answers have been seen. */
  readonly untriedMs?: number;
}

const longestMs = 600_000;
const enough = 20;
const remembered = 512;
const refreshEvery = 32;

/** The larger of 10 s and four times the 99th percentile of the last answers; doubled for a call that hung, lest a long answer never comes. */
export function createDeadline({ shortestMs = 10_000, untriedMs = 60_000 }: DeadlineOptions = {}): Deadline {
  const latencies: number[] = [];
  let observed = 0;
  let deadlineMs = untriedMs;
  return {
    observe(latencyMs) {
      latencies[observed % remembered] = latencyMs;
      observed++;
      if (observed === enough || (observed > enough && observed % refreshEvery === 0)) {
        deadlineMs = Math.max(shortestMs, 4 * percentile(latencies, 0.99));
      }
    },
    forTry: (hangs) => Math.min(longestMs, deadlineMs * 2 ** hangs),
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
