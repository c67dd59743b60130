import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startFakeProvider } from "../test/fake-provider/index.ts";
import {
  BudgetError,
  callAll,
  createBudget,
  createLimiter,
  fromLanguageModel,
  type ModelAnswer,
  type ModelRequest,
  openLedger,
  type ResolvedModel,
  resolveModel,
} from "./index.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "nexa-library-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A model as another program would make one; says how often it was asked. */
function handMade(): LanguageModelV4 & { asked: number } {
  return {
    specificationVersion: "v4",
    provider: "acme",
    modelId: "echo-1",
    supportedUrls: {},
    asked: 0,
    async doGenerate({ prompt }) {
      this.asked++;
      const last = prompt.at(-1);
      const part = last?.role === "user" ? last.content[0] : undefined;
      return {
        content: [{ type: "text", text: `Echo: ${part?.type === "text" ? part.text : ""}` }],
        finishReason: { unified: "stop", raw: "stop" },
        usage: {
          inputTokens: { total: 1000, noCache: 1000, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 100, text: 100, reasoning: 0 },
        },
        warnings: [],
      };
    },
    doStream: () => Promise.reject(new Error("not streamed")),
  };
}

const requests: readonly ModelRequest<number>[] = [1, 2, 3].map((tag) => ({
  tag,
  messages: [{ role: "user", content: `Say ${tag}` }],
  maxTokens: 200,
}));

type Said = Pick<ModelAnswer<number>, "tag" | "text" | "costUsd" | "isFromLedger">;

async function ask(model: ResolvedModel, budgetUsd: number | null): Promise<Said[]> {
  using ledger = openLedger(join(dir, "calls.sqlite"));
  const budget = createBudget({ ledger, budgetUsd });
  const limiter = createLimiter({ start: 2, max: 4, limits: model.limits });
  const { signal } = new AbortController();
  const answers: Said[] = [];
  for await (const answer of callAll(requests, { model, ledger, budget, limiter, role: "library", signal })) {
    const { tag, text, costUsd, isFromLedger } = answer;
    answers.push({ tag, text, costUsd, isFromLedger });
  }
  return answers.sort((a, b) => a.tag - b.tag);
}

const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 10 };

it("calls any AI SDK model durably: what is bought is not asked again", async () => {
  const made = handMade();
  const first = await ask(fromLanguageModel(made, { price }), 1);
  expect(first.map(({ text, costUsd, isFromLedger }) => [text, costUsd, isFromLedger])).toEqual([
    ["Echo: Say 1", 0.002, false],
    ["Echo: Say 2", 0.002, false],
    ["Echo: Say 3", 0.002, false],
  ]);
  const again = await ask(fromLanguageModel(made, { price }), 1);
  expect(again.map(({ text, isFromLedger }) => [text, isFromLedger])).toEqual([
    ["Echo: Say 1", true],
    ["Echo: Say 2", true],
    ["Echo: Say 3", true],
  ]);
  expect(made.asked).toBe(3);
  const elsewhere = await ask(fromLanguageModel(made, { price, origin: "https://other.example.com" }), 1);
  expect(elsewhere.every(({ isFromLedger }) => isFromLedger)).toBe(false);
});

it("holds it to a budget, and asks none whose price is not known", async () => {
  await expect(ask(fromLanguageModel(handMade(), { price }), 0.001)).rejects.toBeInstanceOf(BudgetError);
  await expect(ask(fromLanguageModel(handMade()), 5)).rejects.toMatchObject({ exitCode: 2 });
  expect(await ask(fromLanguageModel(handMade(), { price: 0 }), null)).toHaveLength(3);
});

it.each([
  ["anthropic", { provider: "anthropic", model: "claude-sonnet-4-5" }],
  ["google", { provider: "google", model: "gemini-2.5-flash" }],
  ["openai-responses", { provider: "openai-responses", model: "gpt-5-mini" }],
  ["@ai-sdk/mistral", { provider: "@ai-sdk/mistral", model: "mistral-small-latest" }],
] as const)("calls a model of %s by its name, within a budget", async (provider, entry) => {
  await using server = await startFakeProvider({ apiKey: "key-12345678" });
  const base_url = provider === "google" ? server.googleBaseUrl : server.baseUrl;
  const rates = { input_usd_per_million: 1, output_usd_per_million: 10 };
  const models = { mine: { ...entry, base_url, api_key_env: "MINE", price: rates } };
  const model = await resolveModel("mine", { models, env: { MINE: "key-12345678" }, dir });
  const answers = await ask(model, 1);
  expect(answers.map(({ text }) => text)).toEqual(["Answer to: Say 1", "Answer to: Say 2", "Answer to: Say 3"]);
  expect(answers.every(({ costUsd }) => costUsd > 0)).toBe(true);
  expect((await ask(model, 1)).every(({ isFromLedger }) => isFromLedger)).toBe(true);
  expect(server.answered).toBe(3);
});

it.each([
  ["a model's name", "openai/gpt-4o-mini", "openai/gpt-4o-mini"],
  ["a model of AI SDK 5", { ...handMade(), specificationVersion: "v2" }, "v2"],
  ["no model", null, "no model"],
])("refuses %s", (_what, model, said) => {
  expect(() => fromLanguageModel(model as unknown as LanguageModelV4)).toThrow(said);
});
