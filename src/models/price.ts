import type { ModelEntry } from "../config/index.ts";

/** What a model costs; a price of 0 stands for a model that is free. */
export interface TokenPrice {
  readonly inputUsdPerMillion: number;
  readonly outputUsdPerMillion: number;
  /** For prompt tokens that the provider had cached; the input price where absent. */
  readonly cachedInputUsdPerMillion?: number;
}

export const freePrice: TokenPrice = { inputUsdPerMillion: 0, outputUsdPerMillion: 0 };

/** Tokens of one call. */
export interface TokenUse {
  /** All prompt tokens, the cached ones included. */
  readonly promptTokens: number;
  readonly cachedPromptTokens?: number;
  /** All completion tokens, reasoning included. */
  readonly completionTokens: number;
}

/** Dollars for one call. */
export function costOf(
  price: TokenPrice,
  { promptTokens, cachedPromptTokens = 0, completionTokens }: TokenUse,
): number {
  const cached = Math.min(cachedPromptTokens, promptTokens);
  const cachedPrice = price.cachedInputUsdPerMillion ?? price.inputUsdPerMillion;
  return (
    ((promptTokens - cached) * price.inputUsdPerMillion +
      cached * cachedPrice +
      completionTokens * price.outputUsdPerMillion) /
    1e6
  );
}

/** The price that the project's own `models:` entry gives, or undefined where it gives none. */
export function configuredPrice(entry: ModelEntry | undefined): TokenPrice | undefined {
  if (entry?.price === undefined) return undefined;
  if (entry.price === 0) return freePrice;
  return {
    inputUsdPerMillion: entry.price.input_usd_per_million,
    outputUsdPerMillion: entry.price.output_usd_per_million,
  };
}

/** The published price of a model at a server; null where it is not known. Where a price has tiers, the highest counts. */
export async function publishedPrice(modelId: string, baseUrl: string): Promise<TokenPrice | null> {
  const { calcPrice, findProvider } = await import("@pydantic/genai-prices");
  const provider = findProvider({ providerApiUrl: baseUrl });
  if (provider === undefined) return null;
  const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, modelId, { provider });
  const input = highest(found?.model_price.input_mtok);
  const output = highest(found?.model_price.output_mtok);
  if (input === undefined || output === undefined) return null;
  const cached = highest(found?.model_price.cache_read_mtok);
  return {
    inputUsdPerMillion: input,
    outputUsdPerMillion: output,
    ...(cached === undefined ? {} : { cachedInputUsdPerMillion: cached }),
  };
}

function highest(
  price: number | { base: number; tiers: readonly { price: number }[] } | undefined,
): number | undefined {
  if (price === undefined || typeof price === "number") return price;
  return Math.max(price.base, ...price.tiers.map((tier) => tier.price));
}
