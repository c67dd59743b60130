import type { FakeErrorName } from "./contract.ts";
import type { LimitName, LimitState, LimitStates, Refusal } from "./limits.ts";
import type { ErrorDetails, RenderedError } from "./protocol.ts";

interface Wording {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param?: string;
  readonly message: (model: string) => string;
}

/** As api.openai.com, and Azure's for the content filter, word them. */
const wordings: Readonly<Record<FakeErrorName, Wording>> = {
  bad_request: { status: 400, type: "invalid_request_error", code: null, message: () => "Invalid request body." },
  bad_key: {
    status: 401,
    type: "invalid_request_error",
    code: "invalid_api_key",
    message: () =>
      "Incorrect API key provided: wrong***key. You can find your API key at https://platform.openai.com/account/api-keys.",
  },
  content_filter: {
    status: 400,
    type: "invalid_request_error",
    code: "content_filter",
    param: "prompt",
    message: () =>
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
  },
  context_length_exceeded: {
    status: 400,
    type: "invalid_request_error",
    code: "context_length_exceeded",
    param: "messages",
    message: () =>
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.",
  },
  forbidden: {
    status: 403,
    type: "invalid_request_error",
    code: "model_not_found",
    message: (model) => `Project \`proj_fake\` does not have access to model \`${model}\``,
  },
  insufficient_quota: {
    status: 429,
    type: "insufficient_quota",
    code: "insufficient_quota",
    message: () =>
      "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
  },
  model_not_found: {
    status: 404,
    type: "invalid_request_error",
    code: "model_not_found",
    message: (model) => `The model \`${model}\` does not exist or you do not have access to it.`,
  },
  overloaded: {
    status: 503,
    type: "server_error",
    code: null,
    message: () => "The server is currently overloaded with other requests. Sorry about that!",
  },
  rate_limited: {
    status: 429,
    type: "requests",
    code: "rate_limit_exceeded",
    message: (model) => `Rate limit reached for ${model} in organization org-fake.`,
  },
  request_too_large: {
    status: 429,
    type: "tokens",
    code: "rate_limit_exceeded",
    message: (model) => `Request too large for ${model} in organization org-fake.`,
  },
  server_error: {
    status: 500,
    type: "server_error",
    code: null,
    message: () => "The server had an error while processing your request. Sorry about that!",
  },
  unavailable: {
    status: 503,
    type: "service_unavailable_error",
    code: null,
    message: () => "The engine is currently overloaded, please try again later",
  },
};

/** OpenAI's `{error: {message, type, param, code}}`. */
export function renderOpenAIError({ error, model, message, refusal }: ErrorDetails): RenderedError {
  const { status, type, code, param = null, message: usual } = wordings[error];
  const said = message ?? (refusal === undefined ? usual(model) : describeRefusal(model, refusal));
  const kind = refusal === undefined ? type : refusal.name === "requests" ? "requests" : "tokens";
  return { status, body: { error: { message: said, type: kind, param, code } } };
}

const limitWords: Readonly<Record<LimitName, string>> = {
  requests: "requests per min (RPM)",
  requestsPerDay: "requests per day (RPD)",
  tokens: "tokens per min (TPM)",
  inputTokens: "input tokens per min (TPM)",
  outputTokens: "output tokens per min (TPM)",
};

function describeRefusal(model: string, { name, limit, used, requested, waitMs, isTooLarge }: Refusal): string {
  const where = `for ${model} in organization org-fake on ${limitWords[name]}`;
  return isTooLarge
    ? `Request too large ${where}: Limit ${limit}, Requested ${requested}. The input or output tokens must be reduced in order to run successfully. Visit https://platform.openai.com/account/rate-limits to learn more.`
    : `Rate limit reached ${where}: Limit ${limit}, Used ${Math.floor(used)}, Requested ${requested}. Please try again in ${formatReset(waitMs)}. Visit https://platform.openai.com/account/rate-limits to learn more.`;
}

/** `x-ratelimit-*`; a limit of the day stands under requests where there is none of the minute. */
export function openAILimitHeaders(states: LimitStates): Record<string, string> {
  return {
    ...headersOf("requests", states.requests ?? states.requestsPerDay),
    ...headersOf("tokens", states.tokens ?? states.inputTokens),
  };
}

function headersOf(name: string, state: LimitState | undefined): Record<string, string> {
  if (state === undefined) return {};
  return {
    [`x-ratelimit-limit-${name}`]: String(state.limit),
    [`x-ratelimit-remaining-${name}`]: String(state.remaining),
    [`x-ratelimit-reset-${name}`]: formatReset(state.resetMs),
  };
}

/** As Go writes durations: "120ms", "1.5s", "6m0s", "1h2m3s". */
export function formatReset(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = Math.ceil(ms % 60_000) / 1_000;
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
