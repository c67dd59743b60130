import type { ChatRequest, FakeErrorName } from "./contract.ts";
import type { LimitState } from "./limits.ts";
import { type ErrorDetails, type Protocol, type RenderedError, textOfContent } from "./protocol.ts";

interface MessagesRequest {
  readonly model?: string;
  readonly system?: unknown;
  readonly messages?: readonly { readonly role: string; readonly content: unknown }[];
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly stop_sequences?: readonly string[];
  readonly output_config?: { readonly format?: { readonly type: string; readonly schema?: unknown } };
  readonly output_format?: { readonly type: string; readonly schema?: unknown };
}

/** Anthropic's messages. */
export const anthropicProtocol: Protocol = {
  name: "anthropic",
  requestIdHeader: "request-id",
  retryStyle: "seconds",
  readKey: (headers) => (headers["x-api-key"] === undefined ? undefined : String(headers["x-api-key"])),
  checkHeaders: (headers) =>
    headers["anthropic-version"] === undefined ? "anthropic-version: header is required" : null,
  readRequest(body) {
    const request = body as MessagesRequest;
    if (typeof request.model !== "string") throw new Error("model: Field required");
    if (typeof request.max_tokens !== "number") throw new Error("max_tokens: Field required");
    if (!Array.isArray(request.messages)) throw new Error("messages: Field required");
    const { model, system, messages, max_tokens, temperature, top_p, stop_sequences } = request;
    const format = request.output_config?.format ?? request.output_format;
    const first = system === undefined ? [] : [{ role: "system", content: textOfContent(system) }];
    return {
      model,
      messages: [...first, ...messages.map(({ role, content }) => ({ role, content: textOfContent(content) }))],
      max_tokens,
      ...(temperature === undefined ? {} : { temperature }),
      ...(top_p === undefined ? {} : { top_p }),
      ...(stop_sequences === undefined ? {} : { stop: stop_sequences }),
      ...(format === undefined
        ? {}
        : { response_format: { type: "json_schema", json_schema: { schema: format.schema } } }),
    } satisfies ChatRequest;
  },
  renderAnswer({ model }, { text, finishReason = "stop", reasoning }, { usage, id }) {
    const cached = usage.cached_tokens ?? 0;
    const thought = reasoning === undefined ? [] : [{ type: "thinking", thinking: reasoning, signature: "fake" }];
    return {
      id: `msg_${id}`,
      type: "message",
      role: "assistant",
      model,
      content: [...thought, ...(text === "" ? [] : [{ type: "text", text }])],
      stop_reason: stopReasons[finishReason] ?? finishReason,
      stop_sequence: null,
      usage: {
        input_tokens: usage.prompt_tokens - cached,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: cached,
        output_tokens: usage.completion_tokens,
        service_tier: "standard",
      },
    };
  },
  renderError: renderAnthropicError,
  limitHeaders(states, now) {
    return {
      ...headersOf("requests", states.requests, now),
      ...headersOf("input-tokens", states.inputTokens ?? states.tokens, now),
      ...headersOf("output-tokens", states.outputTokens, now),
    };
  },
};

const stopReasons: Readonly<Record<string, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  content_filter: "refusal",
};

/** Status, type and message. */
const wordings: Readonly<Record<FakeErrorName, readonly [number, string, string]>> = {
  bad_request: [400, "invalid_request_error", "Invalid request"],
  bad_key: [401, "authentication_error", "invalid x-api-key"],
  content_filter: [400, "invalid_request_error", "Output blocked by content filtering policy"],
  context_length_exceeded: [400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"],
  forbidden: [403, "permission_error", "Your API key does not have permission to use the specified resource."],
  insufficient_quota: [
    400,
    "invalid_request_error",
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
  ],
  model_not_found: [404, "not_found_error", "model: "],
  overloaded: [529, "overloaded_error", "Overloaded"],
  rate_limited: [429, "rate_limit_error", "This request would exceed your organization's rate limit."],
  request_too_large: [413, "request_too_large", "Request exceeds the maximum size"],
  server_error: [500, "api_error", "Internal server error"],
  unavailable: [503, "api_error", "Service unavailable"],
};

/** Anthropic's `{type: "error", error: {type, message}, request_id}`. */
function renderAnthropicError({ error, model, message, refusal }: ErrorDetails): RenderedError {
  const [status, type, usual] = wordings[error];
  const limited =
    refusal === undefined
      ? null
      : `This request would exceed your organization's rate limit of ${refusal.limit} ${limitWords[refusal.name]}. For details, refer to: https://docs.claude.com/en/api/rate-limits.`;
  const said = message ?? limited ?? (error === "model_not_found" ? `${usual}${model}` : usual);
  return { status, body: { type: "error", error: { type, message: said }, request_id: "req_fake" } };
}

const limitWords = {
  requests: "requests per minute",
  requestsPerDay: "requests per day",
  tokens: "tokens per minute",
  inputTokens: "input tokens per minute",
  outputTokens: "output tokens per minute",
} as const;

function headersOf(name: string, state: LimitState | undefined, now: number): Record<string, string> {
  if (state === undefined) return {};
  const { limit, remaining, resetMs } = state;
  // Tokens are told in thousands, where the limit is as large as the real ones.
  const told = name !== "requests" && limit >= 10_000 ? Math.floor(remaining / 1_000) * 1_000 : remaining;
  return {
    [`anthropic-ratelimit-${name}-limit`]: String(limit),
    [`anthropic-ratelimit-${name}-remaining`]: String(told),
    [`anthropic-ratelimit-${name}-reset`]: new Date(now + resetMs).toISOString().replace(/\.\d+Z$/, "Z"),
  };
}
