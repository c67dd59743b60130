import { describe, expect, it } from "vitest";
import type { ModelEntry } from "../config/index.ts";
import { chooseModel, howToUse } from "./choose-model.ts";

const key = { OPENAI_API_KEY: "sk-test" };

function choose(options: Partial<Parameters<typeof chooseModel>[0]> = {}) {
  return chooseModel({
    role: "teacher",
    model: "gpt-4o-mini",
    offline: "nexa:bench-science",
    budgetUsd: null,
    models: {},
    env: {},
    ...options,
  });
}

function entry(values: Partial<ModelEntry>): Record<string, ModelEntry> {
  return { lab: { provider: "openai-compatible", headers: {}, ...values } };
}

describe("a model with a price", () => {
  it("is used with its key and a budget", async () => {
    expect(await choose({ budgetUsd: 5, env: key })).toEqual({ model: "gpt-4o-mini", isOffline: false, reason: null });
  });

  it.each([
    [
      null,
      {},
      "gpt-4o-mini is not used: OPENAI_API_KEY is not set and no budget is given. To use it, set OPENAI_API_KEY and give a budget with `--budget DOLLARS` or `budget_usd`.",
    ],
    [5, {}, "gpt-4o-mini is not used: OPENAI_API_KEY is not set. To use it, set OPENAI_API_KEY."],
    [
      null,
      key,
      "gpt-4o-mini is not used: no budget is given. To use it, give a budget with `--budget DOLLARS` or `budget_usd`.",
    ],
    [
      0,
      key,
      "gpt-4o-mini is not used: the budget is $0. To use it, give a budget with `--budget DOLLARS` or `budget_usd`.",
    ],
    [5, { OPENAI_API_KEY: " " }, "gpt-4o-mini is not used: OPENAI_API_KEY is not set. To use it, set OPENAI_API_KEY."],
  ])("gives way to the offline one with budget %s and environment %o", async (budgetUsd, env, reason) => {
    expect(await choose({ budgetUsd, env })).toEqual({ model: "nexa:bench-science", isOffline: true, reason });
  });

  it("is an error where there is no offline one, naming both remedies", async () => {
    await expect(choose({ offline: null })).rejects.toMatchObject({
      exitCode: 2,
      hint: expect.stringMatching(/OPENAI_API_KEY.*--budget/),
    });
  });

  it("is refused with a budget while the price is not known", async () => {
    const models = entry({ base_url: "https://llm.example.com/v1" });
    await expect(choose({ model: "lab", models, budgetUsd: 5 })).rejects.toMatchObject({
      exitCode: 2,
      code: "unknown_price",
      hint: expect.stringContaining("price:"),
    });
    expect(await choose({ model: "lab", models })).toMatchObject({ isOffline: true });
    const priced = entry({
      base_url: "https://llm.example.com/v1",
      price: { input_usd_per_million: 1, output_usd_per_million: 2 },
    });
    expect(await choose({ model: "lab", models: priced, budgetUsd: 5 })).toMatchObject({
      model: "lab",
      isOffline: false,
    });
  });
});

describe("a model without a price", () => {
  it.each([
    ["on loopback", { model: "gpt-4o-mini", env: { OPENAI_BASE_URL: "http://127.0.0.1:8000/v1" } }],
    ["on a private address", { model: "lab", models: entry({ base_url: "http://10.1.2.3/v1" }) }],
    ["with price 0", { model: "lab", models: entry({ base_url: "https://llm.example.com/v1", price: 0 }) }],
    ["in this process", { model: "nexa:bench-science" }],
  ] as const)("%s is used as soon as it is configured", async (_where, options) => {
    expect(await choose(options)).toMatchObject({ model: options.model, isOffline: false, reason: null });
  });

  it("still needs the key that its entry names", async () => {
    const models = entry({ base_url: "http://10.1.2.3/v1", api_key_env: "LAB_KEY" });
    expect(await choose({ model: "lab", models })).toMatchObject({
      isOffline: true,
      reason: expect.stringContaining("LAB_KEY is not set"),
    });
  });

  it("needs a budget where its entry gives it a price, wherever it is", async () => {
    const models = entry({
      base_url: "http://127.0.0.1:1/v1",
      price: { input_usd_per_million: 1, output_usd_per_million: 2 },
    });
    expect(await choose({ model: "lab", models })).toMatchObject({
      isOffline: true,
      reason: expect.stringContaining("no budget"),
    });
  });
});

describe("a name that nobody knows", () => {
  it.each([["antropic:claude"], ["gogle:gemini"], ["openia:gpt-4o"], ["nexa:tiny"], ["openai-compatible:llama"]])(
    "%s is exit 2 and says what there is",
    async (model) => {
      await expect(choose({ model })).rejects.toMatchObject({ exitCode: 2, hint: expect.any(String) });
    },
  );

  it("is found in the offline model, too", async () => {
    await expect(choose({ offline: "nexa:bench-sience" })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("nexa:bench-sience"),
    });
  });
});

it("says how to use a model", async () => {
  expect(await howToUse({ model: "gpt-4o-mini", budgetUsd: null, models: {}, env: {} })).toMatch(
    /set OPENAI_API_KEY and give a budget/,
  );
});
