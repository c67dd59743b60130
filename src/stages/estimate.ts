import type { DistillConfig } from "../config/index.ts";
import { formatCount, formatUsd } from "../core/index.ts";
import { costOf, type ModelDescription } from "../models/index.ts";
import type { StagePlan } from "./stage.ts";

/** From the fewest to the most. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Fewer answers than these say nothing about the length of the next ones. */
export const enoughAnswers = 20;
/** Without any, answers are taken to have at least this share of max_tokens. */
const untriedShare = 1 / 8;
/** Later prompts are not quite like earlier ones: no estimate is nearer than this share. */
const leastDoubt = 0.1;

/** Tokens of one answer: the 10th and 90th percentile of those bought before, or bounds where there are too few. */
export interface AnswerLength extends Range {
  /** Null where it is not known. */
  readonly mean: number | null;
  readonly deviation: number;
  /** Answers that this is known by. */
  readonly known: number;
  /** In words for people. */
  readonly source: string;
}

export function answerLength(
  ascending: readonly number[],
  { maxTokens, enough = enoughAnswers }: { maxTokens: number; enough?: number },
): AnswerLength {
  const known = ascending.length;
  if (known < Math.max(1, enough)) {
    const low = Math.ceil(maxTokens * untriedShare);
    return { low, high: maxTokens, mean: null, deviation: 0, known, source: "up to max_tokens" };
  }
  const at = (share: number): number => ascending[Math.floor(share * (known - 1))] ?? maxTokens;
  const mean = ascending.reduce((sum, tokens) => sum + tokens, 0) / known;
  const variance = ascending.reduce((sum, tokens) => sum + (tokens - mean) ** 2, 0) / Math.max(1, known - 1);
  const source = `${formatCount(Math.round(mean))} an answer, by the ${formatCount(known)} bought before`;
  return { low: at(0.1), high: at(0.9), mean, deviation: Math.sqrt(variance), known, source };
}

/**
 * Completion tokens of so many calls together. Long and short answers even out: where the mean is known the range is that of a sum, two standard
 * errors to both sides and a tenth at least.
 */
export function completionRange(calls: number, { low, high, mean, deviation, known }: AnswerLength): Range {
  if (mean === null) return { low: calls * low, high: calls * high };
  const error = 2 * deviation * Math.sqrt(calls * (1 + calls / known));
  const doubt = Math.max(error, leastDoubt * calls * mean);
  return { low: Math.max(0, Math.floor(calls * mean - doubt)), high: Math.ceil(calls * mean + doubt) };
}

export interface CallTokens {
  readonly calls: number;
  /** Of all calls together. */
  readonly prompt: Range;
  readonly completion: Range;
  /** Of the prompt tokens, those that the provider may have cached. */
  readonly cacheable?: number;
}

/** How the calls are made. */
export type BatchSettings = Pick<DistillConfig, "mode" | "batch">;

/** Under auto, this share of the calls at least is taken to go in real time, as retries and rests do. */
const restShare = 0.1;

/** Dollars for all calls together, by batch as far as the mode says so. */
export function costRange(
  { price }: Pick<ModelDescription, "price">,
  tokens: CallTokens,
  settings: BatchSettings,
): StagePlan["costUsd"] {
  const { calls, prompt, completion, cacheable = 0 } = tokens;
  if (price === null) return { low: 0, high: 0, isKnown: false };
  if (calls === 0) return { low: 0, high: 0, isKnown: true };
  const cost = (end: keyof Range, isBatch: boolean): number => {
    // By the mean call, as long prompts have another price.
    const [promptTokens, completionTokens] = [prompt[end] / calls, completion[end] / calls];
    const cachedPromptTokens = end === "low" ? cacheable / calls : 0;
    return calls * costOf(price, { promptTokens, completionTokens, cachedPromptTokens, isBatch });
  };
  const byBatch = batchShares(calls, settings);
  const blend = (end: keyof Range): number => byBatch[end] * cost(end, true) + (1 - byBatch[end]) * cost(end, false);
  return { low: blend("low"), high: blend("high"), isKnown: true };
}

/** Shares of the calls that go by batch, where the cost is lowest and highest. */
export function batchShares(calls: number, { mode, batch }: BatchSettings): Range {
  if (mode === "realtime" || (mode === "auto" && calls < batch.min_calls)) return { low: 0, high: 0 };
  if (mode === "batch") return { low: 1, high: 1 };
  const rest = Math.min(1, Math.max(restShare, batch.min_calls / calls));
  return { low: 1, high: 1 - rest };
}

export function describeCost(
  { name, isFree, price }: ModelDescription,
  { low, high, isKnown }: StagePlan["costUsd"],
  { isByBatch }: { readonly isByBatch: boolean },
): string {
  if (isFree) return "costs nothing";
  if (!isKnown) return `the cost is not known: give the price of ${name} under \`models:\` in nexa.yaml`;
  const share = price?.batchShare ?? 1;
  const discount = share < 1 ? `, at ${share * 100}% of the price` : "";
  const how = isByBatch ? ` by batch${discount}` : "";
  return `costs ${formatRange({ low, high }, formatUsd)}${how}`;
}

export function formatRange({ low, high }: Range, format: (value: number) => string = formatCount): string {
  const [from, to] = [format(low), format(high)];
  return from === to ? from : `${from} to ${to}`;
}
