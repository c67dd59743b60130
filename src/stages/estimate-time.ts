import { formatCount, formatDuration } from "../core/index.ts";
import type { ModelLimits } from "../models/index.ts";
import { type CallTokens, formatRange, type Range } from "./estimate.ts";

const daySeconds = 86_400;

/** Seconds that calls take at an account's limits, in real time; null where no limit is known. */
export function timeRange({ calls, prompt, completion }: CallTokens, limits: ModelLimits): Range | null {
  const known = Object.values({ ...limits, concurrency: null }).some((limit) => limit !== null);
  if (!known) return null;
  const secondsAt = (end: keyof Range): number => {
    const perMinute = [
      [calls, limits.requestsPerMinute],
      [prompt[end] + completion[end], limits.tokensPerMinute],
      [prompt[end], limits.inputTokensPerMinute],
      [completion[end], limits.outputTokensPerMinute],
    ] as const;
    const minutes = perMinute.map(([count, limit]) => (limit === null ? 0 : count / limit));
    // What is left of today is not known: a day's quota begins with the first call.
    const days = limits.requestsPerDay === null ? 0 : Math.max(0, Math.ceil(calls / limits.requestsPerDay) - 1);
    return Math.max(...minutes.map((count) => count * 60), days * daySeconds);
  };
  return { low: secondsAt("low"), high: secondsAt("high") };
}

/** "takes 12 min 00 s to 14 min 30 s at 500 requests/min and 200,000 tokens/min" */
export function describeTime(seconds: Range, limits: ModelLimits): string {
  const words = [
    [limits.requestsPerMinute, "requests/min"],
    [limits.tokensPerMinute, "tokens/min"],
    [limits.inputTokensPerMinute, "prompt tokens/min"],
    [limits.outputTokensPerMinute, "completion tokens/min"],
    [limits.requestsPerDay, "requests/day"],
  ] as const;
  const known = words.flatMap(([limit, unit]) => (limit === null ? [] : [`${formatCount(limit)} ${unit}`]));
  return `takes ${formatRange(seconds, formatDuration)} at ${known.join(" and ")}`;
}
