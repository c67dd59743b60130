import type { ModelEntry } from "../config/index.ts";

/** Dollars for a million tokens of each kind. */
export interface TokenRates {
  readonly inputUsdPerMillion: number;
  readonly outputUsdPerMillion: number;
  /** For prompt tokens that the provider had cached; the input price where absent. */
  readonly cachedInputUsdPerMillion?: number;
  /** For prompt tokens that the provider puts into its cache; the input price where absent. */
  readonly cacheWriteUsdPerMillion?: number;
}

/** What a model costs; a price of 0 stands for a model that is free. */
export interface TokenPrice extends TokenRates {
  /** What a call by batch costs, as a share of the price; 1 where absent. */
  readonly batchShare?: number;
  /** What all tokens of a call cost whose prompt is longer than this many tokens. */
  readonly longPrompt?: TokenRates & { readonly aboveTokens: number };
}

export const freePrice: TokenPrice = { inputUsdPerMillion: 0, outputUsdPerMillion: 0 };

/** Tokens of one call. */
export interface TokenUse {
  /** All prompt tokens, those read from and written to the cache included. */
  readonly promptTokens: number;
  /** Those that the provider had cached. */
  readonly cachedPromptTokens?: number;
  /** Those that it put into its cache. */
  readonly cacheWriteTokens?: number;
  /** All completion tokens, reasoning included. */
  readonly completionTokens: number;
  /** Whether the call was one of a batch. */
  readonly isBatch?: boolean;
}

/** Dollars for one call. */
export function costOf(price: TokenPrice, use: TokenUse): number {
  const { promptTokens, cachedPromptTokens = 0, cacheWriteTokens = 0, completionTokens, isBatch = false } = use;
  const rates = ratesFor(price, promptTokens);
  const cached = Math.min(cachedPromptTokens, promptTokens);
  const written = Math.min(cacheWriteTokens, promptTokens - cached);
  const input = rates.inputUsdPerMillion;
  const dollars =
    (promptTokens - cached - written) * input +
    cached * (rates.cachedInputUsdPerMillion ?? input) +
    written * (rates.cacheWriteUsdPerMillion ?? input) +
    completionTokens * rates.outputUsdPerMillion;
  return (dollars / 1e6) * (isBatch ? (price.batchShare ?? 1) : 1);
}

/** The most that a call of so many tokens can cost, whatever the provider's cache does; `use` bounds the tokens from above. */
export function worstCostOf(
  price: TokenPrice,
  use: Pick<TokenUse, "promptTokens" | "completionTokens" | "isBatch">,
): number {
  const {
    inputUsdPerMillion,
    cachedInputUsdPerMillion = 0,
    cacheWriteUsdPerMillion = 0,
  } = ratesFor(price, use.promptTokens);
  const dearest = Math.max(inputUsdPerMillion, cachedInputUsdPerMillion, cacheWriteUsdPerMillion);
  const { outputUsdPerMillion } = ratesFor(price, use.promptTokens);
  const dearestPrice: TokenPrice = { inputUsdPerMillion: dearest, outputUsdPerMillion };
  return costOf(price.batchShare === undefined ? dearestPrice : { ...dearestPrice, batchShare: price.batchShare }, use);
}

function ratesFor(price: TokenPrice, promptTokens: number): TokenRates {
  const { longPrompt } = price;
  return longPrompt !== undefined && promptTokens > longPrompt.aboveTokens ? longPrompt : price;
}

/** The price that the project's own `models:` entry gives, or undefined where it gives none. */
export function configuredPrice(entry: ModelEntry | undefined): TokenPrice | undefined {
  const price = entry?.price;
  if (price === undefined) return undefined;
  if (price === 0) return freePrice;
  const { cached_input_usd_per_million: cached, batch_share: batchShare } = price;
  return {
    inputUsdPerMillion: price.input_usd_per_million,
    outputUsdPerMillion: price.output_usd_per_million,
    ...(cached === undefined ? {} : { cachedInputUsdPerMillion: cached }),
    ...(batchShare === undefined ? {} : { batchShare }),
  };
}
