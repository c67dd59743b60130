import { costOf, maxPromptTokens, type TokenPrice, worstCostOf } from "../models/index.ts";
import type { RawAnswer } from "./attempt.ts";
import type { CallIdentity } from "./identity.ts";
import type { Reservation } from "./ledger/ledger.ts";
import type { CallSize } from "./limiter/limiter.ts";
import type { ModelRequest } from "./request.ts";

/** A call that is not finished. */
export interface OpenCall<Tag> {
  readonly identity: string;
  /** Canonical JSON, as the ledger keeps it. */
  readonly requestJson: string;
  readonly request: ModelRequest<Tag>;
  /** Marks of equal requests, which get the same answer. */
  readonly followers: Tag[];
  readonly size: CallSize;
  reservation: Reservation | null;
  tries: number;
  /** Failed tries, refusals for rate left out. */
  failures: number;
  refusals: number;
  hangs: number;
  firstTryAt: number;
  /** Calls of the run that were answered before the first try. */
  answeredAtFirstTry: number;
  /** When it may be tried again. */
  dueAt: number;
  /** Whether the last try was refused for rate. */
  wasRefused: boolean;
  /** Whether a try's outcome was not seen: the provider may have charged it. */
  isMaybeCharged: boolean;
}

export function createOpenCall<Tag>(
  request: ModelRequest<Tag>,
  { identity, request: requestJson }: CallIdentity,
): OpenCall<Tag> {
  return {
    identity,
    requestJson,
    request,
    followers: [],
    size: { promptChars: requestJson.length, maxTokens: request.maxTokens },
    reservation: null,
    tries: 0,
    failures: 0,
    refusals: 0,
    hangs: 0,
    firstTryAt: 0,
    answeredAtFirstTry: 0,
    dueAt: 0,
    wasRefused: false,
    isMaybeCharged: false,
  };
}

/** The most that a call can cost: every byte a token, at the dearest of the cache's prices, an answer as long as allowed. */
export function worstCost(request: ModelRequest, price: TokenPrice): number {
  const { messages, maxTokens, responseSchema } = request;
  const schemaTokens = responseSchema === undefined ? 0 : Buffer.byteLength(JSON.stringify(responseSchema));
  const promptTokens = maxPromptTokens(messages) + schemaTokens;
  return worstCostOf(price, { promptTokens, completionTokens: maxTokens });
}

/**
 * By the usage that the provider reports, also where that is more than was held back: it is what will be on the bill. What was held back for
 * the call where it reports none.
 */
export function actualCost(
  call: Pick<OpenCall<unknown>, "reservation">,
  { promptTokens, completionTokens, cachedPromptTokens, cacheWriteTokens }: RawAnswer,
  price: TokenPrice,
): number {
  if (promptTokens === null || completionTokens === null) return call.reservation?.usd ?? 0;
  return costOf(price, {
    promptTokens,
    completionTokens,
    cachedPromptTokens: cachedPromptTokens ?? 0,
    cacheWriteTokens: cacheWriteTokens ?? 0,
  });
}
