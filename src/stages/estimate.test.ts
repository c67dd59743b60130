import { expect, test } from "vitest";
import type { ModelDescription } from "../models/index.ts";
import { createEarlyEstimate } from "./early-estimate.ts";
import { answerLength, completionRange, costRange } from "./estimate.ts";
import { describeTime, timeRange } from "./estimate-time.ts";

const maxTokens = 800;
const settings = { mode: "realtime", batch: { min_calls: 200, max_calls: null, poll_seconds: 15 } } as const;
const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 4, cachedInputUsdPerMillion: 0.5, batchShare: 0.5 };
const limits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  inputTokensPerMinute: null,
  outputTokensPerMinute: null,
  requestsPerDay: null,
  concurrency: null,
};

test("without answers to go by the length is between an eighth of max_tokens and all of it", () => {
  const length = answerLength([100, 100], { maxTokens });
  expect(length).toMatchObject({ low: 100, high: 800, mean: null, source: "up to max_tokens" });
  expect(completionRange(10, length)).toEqual({ low: 1000, high: 8000 });
});

test("with them a sum is surer than one answer: its range holds the sum of answers drawn from the same lengths", () => {
  const lengths = Array.from({ length: 200 }, (_, index) => 20 + ((index * 7919) % 400)).sort((a, b) => a - b);
  const length = answerLength(lengths, { maxTokens });
  expect(length.low).toBeLessThan(80);
  expect(length.high).toBeGreaterThan(360);
  const range = completionRange(1000, length);
  let seed = 1;
  const draw = () => {
    seed = (seed * 48271) % 2147483647;
    return lengths[seed % 200] ?? 0;
  };
  for (let run = 0; run < 20; run++) {
    const sum = Array.from({ length: 1000 }, draw).reduce((a, b) => a + b, 0);
    expect(sum).toBeGreaterThan(range.low);
    expect(sum).toBeLessThan(range.high);
  }
  expect(range.high).toBeLessThan(1.25 * range.low);
  expect(completionRange(0, length)).toEqual({ low: 0, high: 0 });
});

test("the cost by mode: batch at its share, auto between that and a rest in real time, a cached beginning cheaper", () => {
  const tokens = { calls: 1000, prompt: { low: 1e6, high: 1e6 }, completion: { low: 1e5, high: 2e5 } };
  const cost = (mode: "realtime" | "batch" | "auto", more = {}) =>
    costRange({ price }, { ...tokens, ...more }, { ...settings, mode });
  expect(cost("realtime")).toEqual({ low: 1.4, high: 1.8, isKnown: true });
  expect(cost("batch")).toEqual({ low: 0.7, high: 0.9, isKnown: true });
  expect(cost("auto").low).toBeCloseTo(0.7);
  expect(cost("auto").high).toBeCloseTo(0.8 * 0.9 + 0.2 * 1.8);
  expect(cost("auto", { calls: 100 }).high).toBeCloseTo(1.8);
  expect(cost("realtime", { cacheable: 4e5 })).toMatchObject({ low: 1.2, high: 1.8 });
  expect(costRange({ price: null }, tokens, settings).isKnown).toBe(false);
});

test("a price for long prompts counts by the call, not by the sum", () => {
  const longPrompt = { aboveTokens: 200_000, inputUsdPerMillion: 2, outputUsdPerMillion: 8 };
  const tokens = { calls: 1000, prompt: { low: 1e6, high: 1e6 }, completion: { low: 1e5, high: 1e5 } };
  expect(costRange({ price: { ...price, longPrompt } }, tokens, settings).high).toBeCloseTo(1.4);
});

test("the time is that of the limit which takes longest; a day's quota counts in days", () => {
  const tokens = { calls: 6000, prompt: { low: 2e6, high: 2e6 }, completion: { low: 1e6, high: 4e6 } };
  expect(timeRange(tokens, limits)).toBeNull();
  expect(timeRange(tokens, { ...limits, concurrency: 8 })).toBeNull();
  const both = { ...limits, requestsPerMinute: 500, tokensPerMinute: 200_000 };
  expect(timeRange(tokens, both)).toEqual({ low: 900, high: 1800 });
  expect(describeTime({ low: 900, high: 1800 }, both)).toBe(
    "takes 15 min 00 s to 30 min 00 s at 500 requests/min and 200,000 tokens/min",
  );
  expect(timeRange(tokens, { ...limits, requestsPerDay: 1000 })).toEqual({ low: 432_000, high: 432_000 });
});

function early(budgetUsd: number | null, { spentUsd = 0, calls = 1000, mean = null as number | null } = {}) {
  const said: string[] = [];
  const model = { name: "mine", isFree: false, price } as unknown as ModelDescription;
  const prompt = { low: 100 * calls, high: 100 * calls };
  const planned = { model, calls: { toMake: calls, alreadyBought: 0 }, prompt, answer: { mean } };
  const estimate = createEarlyEstimate({
    planned: planned as unknown as Parameters<typeof createEarlyEstimate>[0]["planned"],
    distill: settings as unknown as Parameters<typeof createEarlyEstimate>[0]["distill"],
    maxTokens,
    budgetUsd,
    spentUsd,
    say: (line) => said.push(line),
  });
  for (let answer = 0; answer < 60; answer++) estimate?.saw(100);
  return said;
}

test("after 20 answers one line says what all will come to, and whether the budget will do", () => {
  expect(early(40)).toEqual(["after 20 answers: about $0.46 to $0.54 in all, within the budget of $40.00"]);
  expect(early(0.25)).toEqual([
    "after 20 answers: about $0.46 to $0.54 in all; the budget of $0.25 will not do: about 50.0% of the rows",
  ]);
  expect(early(0.5)).toEqual([
    "after 20 answers: about $0.46 to $0.54 in all; it is not certain that the budget of $0.50 does",
  ]);
  expect(early(1, { spentUsd: 0.75 })[0]).toContain("the $0.25 that are left of the budget of $1.00 will not do");
});

test("it is not said where the lengths were known before, or 20 answers are all", () => {
  expect(early(40, { mean: 100 })).toEqual([]);
  expect(early(40, { calls: 20 })).toEqual([]);
});
