import { formatCount, formatUsd } from "../core/index.ts";
import { costOf, type ModelDescription } from "../models/index.ts";
import type { StagePlan } from "./stage.ts";

/** From the fewest to the most. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Fewer answers than these say nothing about the length of the next ones. */
const enoughAnswers = 20;
/** Without any, answers are taken to have at least this share of max_tokens. */
const untriedShare = 1 / 8;

export interface CompletionRange extends Range {
  /** In words for people. */
  readonly source: string;
}

/** Tokens of one completion: the 10th and 90th percentile of those bought before, or a share of max_tokens up to all of it. */
export function completionRange(ascending: readonly number[], maxTokens: number): CompletionRange {
  const { length } = ascending;
  if (length < enoughAnswers)
    return { low: Math.ceil(maxTokens * untriedShare), high: maxTokens, source: "up to max_tokens" };
  const at = (share: number): number => ascending[Math.floor(share * (length - 1))] ?? maxTokens;
  return { low: at(0.1), high: at(0.9), source: `by ${formatCount(length)} answers bought before` };
}

/** Dollars for all tokens together. */
export function costRange(
  { price }: ModelDescription,
  { prompt, completion }: { readonly prompt: Range; readonly completion: Range },
): StagePlan["costUsd"] {
  if (price === null) return { low: 0, high: 0, isKnown: false };
  const cost = (end: keyof Range): number =>
    costOf(price, { promptTokens: prompt[end], completionTokens: completion[end] });
  return { low: cost("low"), high: cost("high"), isKnown: true };
}

export function describeCost({ name, isFree }: ModelDescription, { low, high, isKnown }: StagePlan["costUsd"]): string {
  if (isFree) return "costs nothing";
  if (!isKnown) return `the cost is not known: give the price of ${name} under \`models:\` in nexa.yaml`;
  return `costs ${formatUsd(low)} to ${formatUsd(high)}`;
}
