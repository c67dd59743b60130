import type { FakeLimits } from "../../test/fake-provider/index.ts";

/** So many calls of one size under limits. */
export interface LimitedRun {
  readonly prompts: number;
  readonly limits: FakeLimits;
  /** Prompt and the most that the answer may have, as the server counts them. */
  readonly tokensPerCall: number;
}

/** Seconds below which no client gets so many calls past the limits, each as its window lets them pass. */
export function leastSeconds({ prompts, limits, tokensPerCall }: LimitedRun): number {
  const { requestsPerMinute = Number.POSITIVE_INFINITY, tokensPerMinute = Number.POSITIVE_INFINITY } = limits;
  const perMinute = Math.min(requestsPerMinute, tokensPerMinute / tokensPerCall);
  switch (limits.window ?? "bucket") {
    case "bucket":
      return (60 * prompts) / perMinute;
    case "full-bucket":
      return (60 * Math.max(0, prompts - perMinute)) / perMinute;
    case "sliding":
    case "fixed":
      return 60 * Math.floor((prompts - 1) / Math.floor(perMinute));
  }
}
