import type { ChatRequest, FakeErrorName } from "./contract.ts";
import type { LimitName } from "./limits.ts";
import { type ErrorDetails, type Protocol, type RenderedError, textOfContent } from "./protocol.ts";

interface GenerateRequest {
  readonly systemInstruction?: { readonly parts?: unknown };
  readonly contents?: readonly { readonly role?: string; readonly parts?: unknown }[];
  readonly generationConfig?: {
    readonly maxOutputTokens?: number;
    readonly temperature?: number;
    readonly topP?: number;
    readonly seed?: number;
    readonly stopSequences?: readonly string[];
    readonly responseMimeType?: string;
    readonly responseSchema?: unknown;
    readonly responseJsonSchema?: unknown;
  };
}

/** Google's generateContent. */
export const googleProtocol: Protocol = {
  name: "google",
  requestIdHeader: "x-request-id",
  // RetryInfo in the body says it.
  retryStyle: "none",
  readKey: (headers) => (headers["x-goog-api-key"] === undefined ? undefined : String(headers["x-goog-api-key"])),
  checkHeaders: () => null,
  readRequest(body, model) {
    const { systemInstruction, contents, generationConfig = {} } = body as GenerateRequest;
    if (!Array.isArray(contents)) throw new Error("* GenerateContentRequest.contents: contents is not specified");
    const { maxOutputTokens, temperature, topP, seed, stopSequences, responseMimeType } = generationConfig;
    const schema = generationConfig.responseSchema ?? generationConfig.responseJsonSchema;
    const system =
      systemInstruction === undefined ? [] : [{ role: "system", content: textOfContent(systemInstruction.parts) }];
    const said = contents.map(({ role, parts }) => ({
      role: role === "model" ? "assistant" : "user",
      content: textOfContent(parts),
    }));
    return {
      model,
      messages: [...system, ...said],
      ...(maxOutputTokens === undefined ? {} : { max_tokens: maxOutputTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { top_p: topP }),
      ...(seed === undefined ? {} : { seed }),
      ...(stopSequences === undefined ? {} : { stop: stopSequences }),
      ...(responseMimeType === "application/json" ? { response_format: jsonFormat(schema) } : {}),
    } satisfies ChatRequest;
  },
  renderAnswer({ model }, { text, finishReason = "stop", reasoning }, { usage, id }) {
    const thought = reasoning === undefined ? [] : [{ text: reasoning, thought: true }];
    return {
      candidates: [
        {
          content: { parts: [...thought, ...(text === "" ? [] : [{ text }])], role: "model" },
          finishReason: finishReasons[finishReason] ?? finishReason,
          index: 0,
        },
      ],
      usageMetadata: {
        promptTokenCount: usage.prompt_tokens,
        candidatesTokenCount: usage.completion_tokens,
        totalTokenCount: usage.prompt_tokens + usage.completion_tokens,
        ...(usage.cached_tokens === undefined ? {} : { cachedContentTokenCount: usage.cached_tokens }),
      },
      modelVersion: model,
      responseId: id,
    };
  },
  renderError: renderGoogleError,
  // Google tells of its limits by 429 alone.
  limitHeaders: () => ({}),
};

const finishReasons: Readonly<Record<string, string>> = {
  stop: "STOP",
  length: "MAX_TOKENS",
  content_filter: "SAFETY",
};

function jsonFormat(schema: unknown): unknown {
  return schema === undefined ? { type: "json_object" } : { type: "json_schema", json_schema: { schema } };
}

const quotaText =
  "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.";

/** Code, status and message. */
const wordings: Readonly<Record<FakeErrorName, readonly [number, string, string]>> = {
  bad_request: [400, "INVALID_ARGUMENT", "Request contains an invalid argument."],
  bad_key: [400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."],
  content_filter: [400, "INVALID_ARGUMENT", "The prompt was blocked by the safety settings."],
  context_length_exceeded: [
    400,
    "INVALID_ARGUMENT",
    "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).",
  ],
  forbidden: [403, "PERMISSION_DENIED", "The caller does not have permission"],
  insufficient_quota: [429, "RESOURCE_EXHAUSTED", quotaText],
  model_not_found: [404, "NOT_FOUND", ""],
  overloaded: [503, "UNAVAILABLE", "The model is overloaded. Please try again later."],
  rate_limited: [429, "RESOURCE_EXHAUSTED", quotaText],
  request_too_large: [400, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."],
  server_error: [
    500,
    "INTERNAL",
    "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting",
  ],
  unavailable: [503, "UNAVAILABLE", "The service is currently unavailable."],
};

const quotas: Readonly<Record<LimitName, { readonly metric: string; readonly id: string }>> = {
  requests: { metric: "generate_content_paid_tier_requests", id: "GenerateRequestsPerMinutePerProjectPerModel" },
  requestsPerDay: { metric: "generate_content_paid_tier_requests", id: "GenerateRequestsPerDayPerProjectPerModel" },
  tokens: { metric: "generate_content_paid_tier_input_token_count", id: "GenerateContentInputTokensPerModelPerMinute" },
  inputTokens: {
    metric: "generate_content_paid_tier_input_token_count",
    id: "GenerateContentInputTokensPerModelPerMinute",
  },
  outputTokens: {
    metric: "generate_content_paid_tier_output_token_count",
    id: "GenerateContentOutputTokensPerModelPerMinute",
  },
};

/** Google's `{error: {code, message, status, details}}`, with RetryInfo and QuotaFailure where it limits the rate. */
function renderGoogleError({ error, model, message, retryAfterMs, refusal }: ErrorDetails): RenderedError {
  const [status, name, usual] = wordings[error];
  const missing = `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`;
  const said = message ?? (error === "model_not_found" ? missing : usual);
  const details: unknown[] = [];
  if (error === "bad_key") {
    const domain = "googleapis.com";
    details.push({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain });
  }
  if (refusal !== undefined) {
    const { metric, id } = quotas[refusal.name];
    const violation = {
      quotaMetric: `generativelanguage.googleapis.com/${metric}`,
      quotaId: id,
      quotaDimensions: { location: "global", model },
      quotaValue: String(refusal.limit),
    };
    details.push({ "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [violation] });
  }
  const waitMs = retryAfterMs ?? refusal?.waitMs;
  if (waitMs !== undefined) {
    const retryDelay = `${Math.ceil(waitMs) / 1_000}s`;
    details.push({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay });
  }
  return {
    status,
    body: { error: { code: status, message: said, status: name, ...(details.length === 0 ? {} : { details }) } },
  };
}
