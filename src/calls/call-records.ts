import type { ResolvedModel } from "../models/index.ts";
import type { RawAnswer } from "./attempt.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { CallMode, LedgerCall, LedgerFailure } from "./ledger/ledger-schema.ts";
import type { OpenCall } from "./open-call.ts";
import type { CallFailure, ModelAnswer } from "./request.ts";

/** On whose behalf, and how, a call was made. */
export interface Caller {
  readonly model: Pick<ResolvedModel, "provider" | "origin" | "identity">;
  readonly role: string;
  /** The provider's name of the batch that the call was in; left out for one in real time. */
  readonly batchId?: string | undefined;
}

type AskedCall = Pick<OpenCall<unknown>, "identity" | "requestJson" | "tries">;

/** The ledger's row for an answer. */
export function toLedgerCall(
  call: AskedCall,
  { answer, costUsd, caller }: { answer: RawAnswer; costUsd: number; caller: Caller },
): LedgerCall {
  return {
    ...ledgerKey(call, caller),
    batch_id: caller.batchId ?? null,
    text: answer.text,
    reasoning: answer.reasoning,
    finish_reason: answer.finishReason,
    prompt_tokens: answer.promptTokens,
    cached_prompt_tokens: answer.cachedPromptTokens,
    cache_write_tokens: answer.cacheWriteTokens,
    completion_tokens: answer.completionTokens,
    reasoning_tokens: answer.reasoningTokens,
    cost_usd: costUsd,
    latency_ms: Math.round(answer.latencyMs * 1000) / 1000,
    provider_request_id: answer.providerRequestId,
  };
}

/** The ledger's row for a call that was given up; `isFinal` where another try would not help. */
export function toLedgerFailure(
  call: AskedCall,
  { failure, isFinal = false, caller }: { failure: CallFailure; isFinal?: boolean; caller: Caller },
): LedgerFailure {
  const { code: error_code, message: error_message } = failure;
  return { ...ledgerKey(call, caller), is_final: isFinal ? 1 : 0, error_code, error_message };
}

function ledgerKey({ identity, requestJson: request, tries }: AskedCall, { model, role, batchId }: Caller) {
  const { provider, origin, identity: name } = model;
  const mode: CallMode = batchId === undefined ? "realtime" : "batch";
  return { identity, role, provider, origin, model: name, mode, request, tries, created_at: new Date().toISOString() };
}

/** What the caller gets for a request that was answered just now. */
export function answerFrom<Tag>(call: LedgerCall, tag: Tag, isFromLedger: boolean): ModelAnswer<Tag> {
  return {
    tag,
    identity: call.identity,
    text: call.text,
    reasoning: call.reasoning,
    finishReason: call.finish_reason,
    promptTokens: call.prompt_tokens,
    completionTokens: call.completion_tokens,
    costUsd: call.cost_usd,
    isFromLedger,
    tries: call.tries,
    latencyMs: call.latency_ms,
    error: null,
  };
}

/**
 * What the caller gets for a request that the ledger holds the answer of; null where it holds none. The texts are read when they are looked
 * at, as long as the ledger is open: a run that only needs to know that they are there is resumed several times as fast.
 */
export function answerFromLedger<Tag>(ledger: Ledger, identity: string, tag: Tag): ModelAnswer<Tag> | null {
  const facts = ledger.facts(identity);
  if (facts === null) return null;
  let call: LedgerCall | null = null;
  const read = (): LedgerCall | null => {
    call ??= ledger.find(identity);
    return call;
  };
  return {
    tag,
    identity,
    get text() {
      return read()?.text ?? null;
    },
    get reasoning() {
      return read()?.reasoning ?? null;
    },
    finishReason: facts.finish_reason,
    promptTokens: facts.prompt_tokens,
    completionTokens: facts.completion_tokens,
    costUsd: facts.cost_usd,
    tries: facts.tries,
    latencyMs: facts.latency_ms,
    isFromLedger: true,
    error: null,
  };
}

/** What the caller gets for a request that was given up. */
export function failureFrom<Tag>({ identity, tries }: OpenCall<Tag>, tag: Tag, error: CallFailure): ModelAnswer<Tag> {
  const nothing = { text: null, reasoning: null, promptTokens: null, completionTokens: null, costUsd: 0, latencyMs: 0 };
  return { tag, identity, finishReason: "error", isFromLedger: false, tries, error, ...nothing };
}
