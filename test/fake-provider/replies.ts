import { teacherAnswer } from "../../src/models/bench-science/index.ts";
import type { ChatRequest, FakeContext, FakeReply, FakeUsage } from "./contract.ts";
import { answerInJson, wantsJson } from "./json-answer.ts";

/** A 429 that asks to come back after so long. */
export function rateLimited(retryAfterMs: number): FakeReply {
  const body = { error: { message: "Rate limit reached", type: "requests", code: "rate_limit_exceeded" } };
  return { kind: "status", status: 429, headers: { "retry-after-ms": String(retryAfterMs) }, body };
}

/** A 429 of an account without money. */
export const insufficientQuota: FakeReply = { kind: "error", error: "insufficient_quota" };

/** The bench-science teacher's answer, or the prompt said back; JSON where the request wants it. Ends at `stop`, and what is said back at the most tokens too. */
export function defaultReply(request: ChatRequest, { prompt }: Pick<FakeContext, "prompt">): FakeReply {
  if (wantsJson(request)) return { kind: "answer", text: answerInJson(request, prompt) };
  const known = teacherAnswer({ prompt, sample: request.seed ?? 0 });
  if (known !== null) return { kind: "answer", text: cutAtStop(known.text, request.stop) };
  const text = cutAtStop(`Answer to: ${prompt}`, request.stop);
  const most = mostTokens(request) * charactersPerToken;
  return text.length > most
    ? { kind: "answer", text: text.slice(0, most), finishReason: "length" }
    : { kind: "answer", text };
}

function cutAtStop(text: string, stop: ChatRequest["stop"] = []): string {
  const ends = [stop].flat().map((end) => text.indexOf(end));
  return ends.reduce((cut, end) => (end === -1 ? cut : cut.slice(0, Math.min(cut.length, end))), text);
}

const charactersPerToken = 4;

/** Most tokens that an answer may have. */
export function mostTokens({ max_completion_tokens, max_tokens }: ChatRequest): number {
  return max_completion_tokens ?? max_tokens ?? Number.POSITIVE_INFINITY;
}

/** A token is four characters here. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

export function promptTokens({ messages }: ChatRequest): number {
  return messages.reduce((sum, { content }) => sum + estimateTokens(content), 3);
}

export function usageOf(
  request: ChatRequest,
  { text, reasoning = "" }: { text: string; reasoning?: string },
): FakeUsage {
  return { prompt_tokens: promptTokens(request), completion_tokens: estimateTokens(text) + estimateTokens(reasoning) };
}
