import type { LanguageModelV4Usage } from "@ai-sdk/provider";

/** `usage` of a chat completion, as far as it counts; servers leave out what they like. */
interface CompatibleUsage {
  readonly prompt_tokens?: number | null | undefined;
  readonly completion_tokens?: number | null | undefined;
  readonly total_tokens?: number | null | undefined;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | null | undefined } | null | undefined;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number | null | undefined } | null | undefined;
}

/**
 * Tokens of a call to an OpenAI-compatible server. Some leave the reasoning out of `completion_tokens` and have it in the total alone, and
 * charge for it: what the total holds beyond the prompt is the answer, reasoning included once.
 */
export function convertCompatibleUsage(usage: CompatibleUsage | null | undefined): LanguageModelV4Usage {
  const prompt = usage?.prompt_tokens ?? undefined;
  const said = usage?.completion_tokens ?? undefined;
  const cacheRead = usage?.prompt_tokens_details?.cached_tokens ?? 0;
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens ?? 0;
  const beyond = usage?.total_tokens == null || prompt === undefined ? 0 : usage.total_tokens - prompt;
  const total = said === undefined ? undefined : Math.max(said, beyond);
  return {
    inputTokens: {
      total: prompt,
      noCache: prompt === undefined ? undefined : prompt - cacheRead,
      cacheRead: prompt === undefined ? undefined : cacheRead,
      cacheWrite: undefined,
    },
    outputTokens: {
      total,
      text: total === undefined ? undefined : Math.max(0, total - reasoning),
      reasoning: total === undefined ? undefined : reasoning,
    },
  };
}
