import { costOf, type TokenPrice } from "../../models/index.ts";
import type { RawAnswer } from "../attempt.ts";
import { worstCost } from "../open-call.ts";
import type { ModelRequest } from "../request.ts";

/** Dollars: the most that a line of a batch can cost. */
export function worstLineCost(request: ModelRequest, price: TokenPrice | null): number {
  return price === null ? 0 : worstCost(request, price) * (price.batchShare ?? 1);
}

/** Dollars by the usage that the provider reports; what was held back where it reports none. */
export function actualLineCost(answer: RawAnswer, price: TokenPrice | null, reservedUsd: number): number {
  if (price === null) return 0;
  const { promptTokens, completionTokens, cachedPromptTokens, cacheWriteTokens } = answer;
  if (promptTokens === null || completionTokens === null) return reservedUsd;
  return costOf(price, {
    promptTokens,
    completionTokens,
    cachedPromptTokens: cachedPromptTokens ?? 0,
    cacheWriteTokens: cacheWriteTokens ?? 0,
    isBatch: true,
  });
}
