import { formatCount, formatPercent, ProviderError, toSafeLine } from "../core/index.ts";
import type { CallFailure } from "./request.ts";

/** Watches how many calls of a run fail for good. */
export interface FailureTally {
  readonly failed: number;
  /** A call was answered. */
  addAnswer(): void;
  /** A call failed for good; returns the end of the run where too many did. */
  addFailure(failure: CallFailure): ProviderError | null;
}

export interface FailureTallyOptions {
  /** More than this share ends the run. */
  readonly maxFailedShare: number;
  readonly modelName: string;
}

/** Fewer ended calls than this say nothing of a share. */
const enoughCalls = 50;

/** By real time and by batch the same. */
export function createFailureTally({ maxFailedShare, modelName }: FailureTallyOptions): FailureTally {
  const reasons = new Map<string, { count: number; readonly example: string }>();
  let answered = 0;
  let failed = 0;
  return {
    get failed() {
      return failed;
    },
    addAnswer() {
      answered++;
    },
    addFailure({ code, message }) {
      failed++;
      const reason = reasons.get(code) ?? { count: 0, example: message };
      reason.count++;
      reasons.set(code, reason);
      const ended = answered + failed;
      if (ended < enoughCalls || failed <= maxFailedShare * ended) return null;
      const [commonest, { count, example }] = [...reasons].sort(([, a], [, b]) => b.count - a.count)[0] ?? [
        code,
        reason,
      ];
      const share = `${formatCount(failed)} of ${formatCount(ended)} calls (${formatPercent(failed / ended)}) failed for good`;
      return new ProviderError(
        `${modelName}: ${share}, most often by \`${commonest}\` (${formatCount(count)} times), e.g. ${toSafeLine(example)}`,
        {
          code: "too_many_failures",
          status: null,
          isRetryable: false,
          hint: "Every answer got so far is kept. See to the reason and start again with --retry-failed, or raise max_failed_share.",
        },
      );
    },
  };
}
