import type { Project } from "../config/index.ts";
import { formatCount, formatPercent, formatUsd } from "../core/index.ts";
import type { CallEstimate } from "./call-estimate.ts";
import { answerLength, completionRange, costRange, enoughAnswers, formatRange } from "./estimate.ts";

export interface EarlyEstimateOptions {
  /** What was thought before the run. */
  readonly planned: CallEstimate;
  readonly distill: Project["distill"];
  readonly maxTokens: number;
  readonly budgetUsd: number | null;
  /** Dollars that were spent or held before the run. */
  readonly spentUsd: number;
  readonly say: (line: string) => void;
}

/** Says once, after the first answers of a run, what all of them will come to. */
export interface EarlyEstimate {
  saw(completionTokens: number): void;
}

/** Null where there is nothing to say: nothing is paid, the answers' length was known, or these are all of them. */
export function createEarlyEstimate(options: EarlyEstimateOptions): EarlyEstimate | null {
  const { planned, say } = options;
  if (planned.model.isFree || planned.answer.mean !== null || planned.calls.toMake <= enoughAnswers) return null;
  const lengths: number[] = [];
  return {
    saw(completionTokens) {
      if (lengths.length >= enoughAnswers) return;
      lengths.push(completionTokens);
      if (lengths.length === enoughAnswers) say(describe(lengths, options));
    },
  };
}

function describe(lengths: readonly number[], options: EarlyEstimateOptions): string {
  const { planned, distill, maxTokens, budgetUsd, spentUsd } = options;
  const calls = planned.calls.toMake;
  const answer = answerLength(
    lengths.toSorted((a, b) => a - b),
    { maxTokens },
  );
  const tokens = { calls, prompt: planned.prompt, completion: completionRange(calls, answer) };
  const cost = costRange(planned.model, tokens, distill);
  const sum = `after ${formatCount(lengths.length)} answers: about ${formatRange(cost, formatUsd)} in all`;
  if (budgetUsd === null) return sum;
  const left = budgetUsd - spentUsd;
  const budget =
    spentUsd > 0
      ? `the ${formatUsd(left)} that are left of the budget of ${formatUsd(budgetUsd)}`
      : `the budget of ${formatUsd(budgetUsd)}`;
  if (left >= cost.high) return `${sum}, within ${budget}`;
  const share = Math.min(1, (2 * left) / (cost.low + cost.high));
  const verb = spentUsd > 0 ? "do" : "does";
  return left < cost.low
    ? `${sum}; ${budget} will not do: about ${formatPercent(share)} of the rows`
    : `${sum}; it is not certain that ${budget} ${verb}`;
}
