/** How long a call may take before it counts as hung. */
export interface Deadline {
  observe(answer: TimedAnswer): void;
  /** Milliseconds for a call that may answer with so many tokens and hung so many times before. */
  forTry(call: { readonly hangs: number; readonly maxTokens: number }): number;
}

export interface TimedAnswer {
  readonly latencyMs: number;
  /** Null where the provider does not say. */
  readonly completionTokens: number | null;
}

export interface DeadlineOptions {
  readonly shortestMs?: number;
  /** As long as too few answers have been seen. */
  readonly untriedMs?: number;
}

const longestMs = 3_600_000;
/** From so many answers on there is some idea of the latency, and from so many a good one. */
const few = 4;
const enough = 20;
const remembered = 512;
const refreshEvery = 32;
const spread = 4;
const spreadOfFew = 12;
/** A slow model writes 33 tokens a second; slower ones are known after their first answers. */
const untriedMsPerToken = 30;
/** An answer longer than any that was seen may be written this much slower. */
const slowness = 2;

/**
 * The larger of 10 s and four times the 99th percentile of the last answers, and more where a call may answer with more tokens than
 * were seen: then what they take at the observed speed. Doubled for a call that hung, lest a long answer never comes.
 */
export function createDeadline({ shortestMs = 10_000, untriedMs = 60_000 }: DeadlineOptions = {}): Deadline {
  const answers: TimedAnswer[] = [];
  let observed = 0;
  let seen: { readonly ms: number; readonly mostTokens: number; readonly msPerToken: number } | null = null;
  const refresh = (): void => {
    const latencies = answers.map(({ latencyMs }) => latencyMs);
    const ms = Math.max(shortestMs, percentile(latencies, 0.99) * (observed < enough ? spreadOfFew : spread));
    const tokens = answers.map(({ completionTokens }) => completionTokens ?? 0);
    seen = { ms, mostTokens: percentile(tokens, 0.99), msPerToken: tokenTime(answers) };
  };
  const base = (maxTokens: number): number => {
    if (seen === null) return untriedMs + maxTokens * untriedMsPerToken;
    const more = Math.max(0, maxTokens - seen.mostTokens);
    return Math.max(seen.ms, (seen.mostTokens + more) * (more > 0 ? seen.msPerToken * slowness : 0));
  };
  return {
    observe(answer) {
      answers[observed % remembered] = answer;
      observed++;
      if (observed === few || observed === enough || (observed > enough && observed % refreshEvery === 0)) refresh();
    },
    forTry: ({ hangs, maxTokens }) => Math.min(longestMs, base(maxTokens) * 2 ** hangs),
  };
}

/**
 * Milliseconds that one more token takes: the slope of latency over length. Where all answers are about as long nothing is known of it, and
 * it is at most what a whole answer took by the token, and what a slow model takes.
 */
function tokenTime(answers: readonly TimedAnswer[]): number {
  const known = answers.filter(({ completionTokens }) => (completionTokens ?? 0) > 0);
  if (known.length === 0) return 0;
  const tokens = known.map(({ completionTokens }) => completionTokens ?? 0);
  const perToken = percentile(
    known.map(({ latencyMs }, index) => latencyMs / (tokens[index] ?? 1)),
    0.5,
  );
  if (percentile(tokens, 0.9) < 2 * percentile(tokens, 0.1)) return Math.min(perToken, untriedMsPerToken);
  const meanTokens = mean(tokens);
  const meanMs = mean(known.map(({ latencyMs }) => latencyMs));
  let covariance = 0;
  let variance = 0;
  for (const { latencyMs, completionTokens } of known) {
    const distance = (completionTokens ?? 0) - meanTokens;
    covariance += distance * (latencyMs - meanMs);
    variance += distance * distance;
  }
  return Math.max(0, covariance / variance);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
