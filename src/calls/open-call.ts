import { costOf, maxPromptTokens, type TokenPrice } from "../models/index.ts";
import type { RawAnswer } from "./attempt.ts";
import type { CallIdentity } from "./identity.ts";
import type { Reservation } from "./ledger.ts";
import type { ModelRequest } from "./request.ts";

/** A call that is not finished. */
export interface OpenCall<Tag> {
  readonly identity: string;
  /** Canonical JSON, as the ledger keeps it. */
  readonly requestJson: string;
  readonly request: ModelRequest<Tag>;
  /** Marks of equal requests, which get the same answer. */
  readonly followers: Tag[];
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
}

export function createOpenCall<Tag>(
  request: ModelRequest<Tag>,
  { identity, request: requestJson }: CallIdentity,
): OpenCall<Tag> {
  const counters = { tries: 0, failures: 0, refusals: 0, hangs: 0, firstTryAt: 0, answeredAtFirstTry: 0, dueAt: 0 };
  return { identity, requestJson, request, followers: [], reservation: null, ...counters };
}

/** The most that a call can cost: every byte a token, nothing cached, an answer as long as allowed. */
export function worstCost(request: ModelRequest, price: TokenPrice): number {
  const { messages, maxTokens, responseSchema } = request;
  const schemaTokens = responseSchema === undefined ? 0 : Buffer.byteLength(JSON.stringify(responseSchema));
  const { inputUsdPerMillion, outputUsdPerMillion } = price;
  const promptTokens = maxPromptTokens(messages) + schemaTokens;
  return costOf({ inputUsdPerMillion, outputUsdPerMillion }, { promptTokens, completionTokens: maxTokens });
}

/** By the usage that the provider reports; what was held back for the call where it reports none. */
export function actualCost(call: OpenCall<unknown>, answer: RawAnswer, price: TokenPrice): number {
  const { promptTokens, completionTokens, cachedPromptTokens } = answer;
  if (promptTokens === null || completionTokens === null) return call.reservation?.usd ?? 0;
  return costOf(price, { promptTokens, completionTokens, cachedPromptTokens: cachedPromptTokens ?? 0 });
}
