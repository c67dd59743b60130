import type { Ledger } from "../calls/index.ts";
import { formatCount } from "../core/index.ts";
import type { ModelDescription } from "../models/index.ts";
import {
  type AnswerLength,
  answerLength,
  type BatchSettings,
  batchShares,
  completionRange,
  costRange,
  describeCost,
  formatRange,
  type Range,
} from "./estimate.ts";
import { describeTime, timeRange } from "./estimate-time.ts";
import { knownLimits } from "./known-limits.ts";
import type { StagePlan } from "./stage.ts";

/** The answers that generating will leave, for the plans of what comes after. */
export interface AnswersToCome {
  readonly rows: number;
  /** Tokens of all rows' requests and references together, system messages left out. */
  readonly promptTokens: number;
  /** Tokens of one answer. */
  readonly answerTokens: Range;
}

/** Calls that are still to be made of one model, as counted. */
export interface CountedCalls {
  readonly calls: StagePlan["calls"];
  /** Tokens of the calls to make, together. */
  readonly prompt: Range;
  /** Of them, those of a beginning that many calls share and the provider may have cached. */
  readonly cacheable?: number;
  /** Tokens of the longest prompt at most. */
  readonly longestPrompt?: number;
}

export interface EstimateOptions {
  readonly model: ModelDescription;
  /** As noted with the calls in the ledger. */
  readonly role: string;
  readonly maxTokens: number;
  readonly ledger: Ledger | null;
  readonly distill: BatchSettings;
  /** Fewest answers in the ledger that are taken for the length of the next ones. */
  readonly enough?: number | undefined;
}

/** What the calls come to, with what they are estimated by. */
export interface CallEstimate extends CountedCalls {
  readonly model: ModelDescription;
  /** Whether the bulk goes by batch. */
  readonly isByBatch: boolean;
  readonly answer: AnswerLength;
  readonly completion: Range;
  readonly costUsd: StagePlan["costUsd"];
  readonly timeSeconds: Range | null;
  readonly limits: ReturnType<typeof knownLimits>;
  readonly worstCallUsd: number;
}

export function estimateCalls(counted: CountedCalls, options: EstimateOptions): CallEstimate {
  const { model, role, maxTokens, ledger, distill, enough } = options;
  const { calls, prompt, cacheable = 0, longestPrompt = 0 } = counted;
  const lengths = ledger?.completionTokens({ model: model.identity, role }) ?? [];
  const answer = answerLength(lengths, { maxTokens, ...(enough === undefined ? {} : { enough }) });
  const completion = completionRange(calls.toMake, answer);
  const tokens = { calls: calls.toMake, prompt, completion, cacheable: sharesPrefix(model) ? cacheable : 0 };
  const limits = knownLimits(model, ledger);
  const isByBatch = batchShares(calls.toMake, distill).low > 0;
  const one = { calls: 1, prompt: { low: 0, high: longestPrompt }, completion: { low: 0, high: maxTokens } };
  return {
    ...counted,
    model,
    isByBatch,
    answer,
    completion,
    costUsd: costRange(model, tokens, distill),
    timeSeconds: isByBatch || calls.toMake === 0 ? null : timeRange(tokens, limits),
    limits,
    worstCallUsd: calls.toMake === 0 ? 0 : costRange(model, one, { ...distill, mode: "realtime" }).high,
  };
}

/** Whether the provider caches a prompt's beginning unasked. */
function sharesPrefix({ provider }: ModelDescription): boolean {
  return provider === "openai" || provider === "openai-responses";
}

/** The shape of a stage's plan. */
export function planOf(
  estimate: CallEstimate,
  { lines, rows, instead }: { lines: readonly string[]; rows: number; instead?: CallEstimate | undefined },
): StagePlan {
  const { calls, prompt, completion, costUsd, timeSeconds, worstCallUsd, model } = estimate;
  const tokens = {
    prompt: prompt.high,
    completionLow: completion.low,
    completionHigh: completion.high,
    isExact: countsInO200k(model),
  };
  const plan = { lines, rows, calls, tokens, costUsd, timeSeconds, worstCallUsd };
  return instead === undefined ? plan : { ...plan, instead };
}

/** Tokens, cost and time, a line each; nothing where no call is to be made. */
export function describeCalls(estimate: CallEstimate): string[] {
  const { model, calls, prompt, completion, answer, costUsd, timeSeconds, limits } = estimate;
  if (calls.toMake === 0) return ["nothing is left to buy"];
  const how = countsInO200k(model) ? "" : ", an estimate: counted in o200k";
  const lines = [
    `${formatRange(prompt)} prompt tokens${how}; ${formatRange(completion)} completion tokens (${answer.source})`,
    describeCost(model, costUsd, estimate),
  ];
  if (timeSeconds !== null) lines.push(describeTime(timeSeconds, limits));
  return lines;
}

/** OpenAI's own models count in the encoding that we count in; those in this process leave the counting to us. */
function countsInO200k({ provider, origin, isLocal }: ModelDescription): boolean {
  return isLocal || (provider.startsWith("openai") && origin === "https://api.openai.com");
}

/** " (120 more are bought or sent already)", sent being those of a batch at the provider; or nothing. */
export function describeBought({ alreadyBought }: StagePlan["calls"]): string {
  return alreadyBought === 0 ? "" : ` (${formatCount(alreadyBought)} more are bought or sent already)`;
}
