import type { ResolvedModel } from "../models/index.ts";
import type { RawAnswer } from "./attempt.ts";
import type { LedgerCall, LedgerFailure } from "./ledger-schema.ts";
import type { OpenCall } from "./open-call.ts";
import type { CallFailure, ModelAnswer } from "./request.ts";

interface Caller {
  readonly model: ResolvedModel;
  readonly role: string;
}

/** The ledger's row for an answer. */
export function toLedgerCall(
  call: OpenCall<unknown>,
  { answer, costUsd, caller }: { answer: RawAnswer; costUsd: number; caller: Caller },
): LedgerCall {
  return {
    ...ledgerKey(call, caller),
    text: answer.text,
    reasoning: answer.reasoning,
    finish_reason: answer.finishReason,
    prompt_tokens: answer.promptTokens,
    cached_prompt_tokens: answer.cachedPromptTokens,
    completion_tokens: answer.completionTokens,
    reasoning_tokens: answer.reasoningTokens,
    cost_usd: costUsd,
    latency_ms: Math.round(answer.latencyMs * 1000) / 1000,
    provider_request_id: answer.providerRequestId,
  };
}

/** The ledger's row for a call that was given up. */
export function toLedgerFailure(
  call: OpenCall<unknown>,
  { failure, caller }: { failure: CallFailure; caller: Caller },
): LedgerFailure {
  return { ...ledgerKey(call, caller), error_code: failure.code, error_message: failure.message };
}

function ledgerKey({ identity, requestJson, tries }: OpenCall<unknown>, { model, role }: Caller) {
  const { provider, origin } = model;
  const created_at = new Date().toISOString();
  return { identity, role, provider, origin, model: model.identity, request: requestJson, tries, created_at };
}

/** What the caller gets for a request that the ledger holds the answer of. */
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

/** What the caller gets for a request that was given up. */
export function failureFrom<Tag>({ identity, tries }: OpenCall<Tag>, tag: Tag, error: CallFailure): ModelAnswer<Tag> {
  const nothing = { text: null, reasoning: null, promptTokens: null, completionTokens: null, costUsd: 0, latencyMs: 0 };
  return { tag, identity, finishReason: "error", isFromLedger: false, tries, error, ...nothing };
}
