import { describe, expect, it } from "vitest";
import type { ModelEntry } from "../config/index.ts";
import { describeModel } from "./describe-model.ts";
import { costOf, type TokenPrice, worstCostOf } from "./price.ts";

async function describeEntry(name: string, entry: Partial<ModelEntry> | null = null, env: Record<string, string> = {}) {
  return describeModel(name, { models: entry === null ? {} : { [name]: entry as ModelEntry }, env });
}

describe("a model's place", () => {
  it("is its provider's own endpoint, with the provider's key", async () => {
    expect(await describeEntry("anthropic:claude-sonnet-4-5")).toMatchObject({
      provider: "anthropic",
      origin: "https://api.anthropic.com",
      modelId: "claude-sonnet-4-5",
      keyEnv: "ANTHROPIC_API_KEY",
      hasKey: false,
      contextTokens: 200_000,
    });
    expect(await describeEntry("google:gemini-2.5-flash")).toMatchObject({
      provider: "google",
      origin: "https://generativelanguage.googleapis.com",
      keyEnv: "GOOGLE_GENERATIVE_AI_API_KEY",
    });
    expect(await describeEntry("gpt-4o-mini")).toMatchObject({ provider: "openai", contextTokens: 128_000 });
  });

  it("takes the first of the variables that hold Google's key", async () => {
    expect(await describeEntry("google:g", null, { GOOGLE_API_KEY: "a" })).toMatchObject({
      keyEnv: "GOOGLE_API_KEY",
      hasKey: true,
    });
    const both = { GOOGLE_API_KEY: "a", GEMINI_API_KEY: "b" };
    expect(await describeEntry("google:g", null, both)).toMatchObject({ keyEnv: "GEMINI_API_KEY" });
  });

  it("is the environment's address, with the version that the provider's own tools add", async () => {
    const { baseUrlFrom, anthropicDefaults, googleDefaults, openaiDefaults } = await import("./provider-defaults.ts");
    expect(baseUrlFrom({ ANTHROPIC_BASE_URL: "https://gate.example.com/" }, anthropicDefaults)).toBe(
      "https://gate.example.com/v1",
    );
    expect(baseUrlFrom({ GOOGLE_GEMINI_BASE_URL: "https://gate.example.com" }, googleDefaults)).toBe(
      "https://gate.example.com/v1beta",
    );
    expect(baseUrlFrom({ OPENAI_BASE_URL: "https://gate.example.com" }, openaiDefaults)).toBe(
      "https://gate.example.com",
    );
  });

  it("somewhere else is not given the provider's key unless its entry names it", async () => {
    const base_url = "https://gate.example.com/v1";
    expect(await describeEntry("gate", { provider: "anthropic", base_url })).toMatchObject({
      keyEnv: null,
      needsKey: false,
    });
    const named = { provider: "anthropic", base_url, api_key_env: "ANTHROPIC_API_KEY" } as const;
    expect(await describeEntry("gate", named)).toMatchObject({ keyEnv: "ANTHROPIC_API_KEY", needsKey: true });
  });

  it("is free on a private address, whatever it speaks", async () => {
    for (const provider of ["anthropic", "google", "openai", "@ai-sdk/mistral"] as const) {
      expect(await describeEntry("near", { provider, base_url: "http://10.0.0.7:8000/v1" })).toMatchObject({
        isFree: true,
        needsKey: false,
      });
    }
  });

  it("is another one for other settings of a package", async () => {
    const at = async (settings: Record<string, string>) =>
      (await describeEntry("a", { provider: "@ai-sdk/azure", settings })).origin;
    expect(await at({})).toBe("package:@ai-sdk/azure");
    expect(await at({ resourceName: "one" })).not.toBe(await at({ resourceName: "two" }));
  });

  it("carries the entry's limits and provider options", async () => {
    const entry: Partial<ModelEntry> = {
      limits: { requests_per_minute: 500, concurrency: 32 },
      provider_options: { openai: { serviceTier: "flex" } },
    };
    expect(await describeEntry("gpt-4o-mini", entry)).toMatchObject({
      limits: { requestsPerMinute: 500, concurrency: 32, tokensPerMinute: null },
      providerOptions: { openai: { serviceTier: "flex" } },
    });
  });
});

describe("a price", () => {
  const priceOf = async (name: string, entry: Partial<ModelEntry> | null = null): Promise<TokenPrice | null> =>
    (await describeEntry(name, entry)).price;

  it("is half by batch at the three providers' own endpoints, and as given elsewhere", async () => {
    const shares = await Promise.all(
      ["gpt-4o-mini", "openai-responses:gpt-4o-mini", "anthropic:claude-sonnet-4-5", "google:gemini-2.5-flash"].map(
        async (name) => (await priceOf(name))?.batchShare,
      ),
    );
    expect(shares).toEqual([0.5, 0.5, 0.5, 0.5]);
    const price = { input_usd_per_million: 1, output_usd_per_million: 2, cached_input_usd_per_million: 0.1 };
    const base_url = "https://gate.example.com/v1";
    expect(await priceOf("gate", { base_url, price })).toEqual({
      inputUsdPerMillion: 1,
      outputUsdPerMillion: 2,
      cachedInputUsdPerMillion: 0.1,
    });
    expect(await priceOf("gate", { base_url, price: { ...price, batch_share: 0.7 } })).toMatchObject({
      batchShare: 0.7,
    });
    expect(await priceOf("gpt-4o-mini", { price: { ...price, batch_share: 1 } })).toMatchObject({ batchShare: 1 });
    const use = { promptTokens: 1e6, completionTokens: 1e6 };
    const half = { inputUsdPerMillion: 1, outputUsdPerMillion: 2, batchShare: 0.5 };
    expect([costOf(half, use), costOf(half, { ...use, isBatch: true })]).toEqual([3, 1.5]);
  });

  it("of long prompts counts for long prompts alone", async () => {
    const price = (await priceOf("anthropic:claude-sonnet-4-5")) as TokenPrice;
    const at = (promptTokens: number) => (costOf(price, { promptTokens, completionTokens: 0 }) / promptTokens) * 1e6;
    expect([at(1000), at(200_000), at(200_001)].map((dollars) => Math.round(dollars * 1e6) / 1e6)).toEqual([3, 3, 6]);
  });

  it("of a cache of an hour counts where the calls ask for one", async () => {
    const provider_options = { anthropic: { cacheControl: { type: "ephemeral", ttl: "1h" } } };
    expect(await priceOf("anthropic:claude-sonnet-4-5")).toMatchObject({ cacheWriteUsdPerMillion: 3.75 });
    expect(await priceOf("anthropic:claude-sonnet-4-5", { provider_options })).toMatchObject({
      cacheWriteUsdPerMillion: 6,
      longPrompt: { aboveTokens: 200_000, cacheWriteUsdPerMillion: 12 },
    });
  });

  it("at its worst has every prompt token written to the cache", async () => {
    const price = (await priceOf("anthropic:claude-sonnet-4-5")) as TokenPrice;
    const use = { promptTokens: 1000, completionTokens: 100 };
    expect(worstCostOf(price, use)).toBeCloseTo((1000 * 3.75 + 100 * 15) / 1e6, 12);
    const written = costOf(price, { ...use, cacheWriteTokens: 1000 });
    expect(worstCostOf(price, use)).toBeGreaterThanOrEqual(written);
    expect(worstCostOf(price, { ...use, isBatch: true })).toBeCloseTo(worstCostOf(price, use) / 2, 12);
  });
});
