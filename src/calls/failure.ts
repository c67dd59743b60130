import {
  AISDKError,
  APICallError,
  InvalidArgumentError,
  InvalidPromptError,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import { errorMessage, NexaError, toSafeLine } from "../core/index.ts";
import { type RefusalDetails, readRefusal } from "./refusal-details.ts";
import { readRetryAfterMs } from "./retry-after.ts";

/**
 * What a failed try means:
 * `fatal` no call of this run can succeed, `row` this one cannot, `refused` the server wants fewer or later calls,
 * `passing` the next try may succeed, `bug` something of ours is broken, or a model in this process ends the run in its own words.
 */
export type FailureKind = "fatal" | "row" | "refused" | "passing" | "bug";

export interface Failure {
  readonly kind: FailureKind;
  /** Stable snake_case name. */
  readonly code: string;
  /** One line, safe for a terminal. */
  readonly message: string;
  /** HTTP status, or null when no answer came. */
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  /** The response's, with lower-case names; empty when no answer came. */
  readonly headers: Readonly<Record<string, string>>;
  /** What a refusal for rate says of it; null for anything else. */
  readonly refusal: RefusalDetails | null;
  /** Whether the provider may have done, and charged, the work all the same. */
  readonly isMaybeCharged: boolean;
  readonly cause: unknown;
}

/** No connection came about, so nothing was sent. */
const unreachableCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "EADDRNOTAVAIL",
  "EMFILE",
  "ENFILE",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const brokenCodes = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED", "ENETRESET"]);

/** Error codes of a provider that say the account has no money left, whatever the status. */
const noMoneyCodes = new Set([
  "insufficient_quota",
  "billing_hard_limit_reached",
  "billing_not_active",
  "account_deactivated",
]);

/**
 * Sorts what a try threw. The SDK's own `isRetryable` is not used: it says true for an empty account and false for a cut body.
 */
export function classifyFailure(error: unknown, { isTimedOut }: { isTimedOut: boolean }): Failure {
  if (isTimedOut) return passing(error, { code: "timeout", message: "No answer came in time", isMaybeCharged: true });
  if (APICallError.isInstance(error)) {
    return error.statusCode === undefined ? classifyNetwork(error) : classifyStatus(error, error.statusCode);
  }
  // Of a program of the user's own, whose cause may be a server that it asked: that is no server of ours.
  if (error instanceof NexaError) {
    return { ...passing(error, { code: error.code, message: safe(error), isMaybeCharged: false }), kind: "bug" };
  }
  return AISDKError.isInstance(error) ? classifySdk(error) : classifyNetwork(error);
}

/** What a provider's package throws by itself: of a call that it cannot send, or of an answer that is none. */
function classifySdk(error: AISDKError): Failure {
  const isUnsendable = [UnsupportedFunctionalityError, InvalidArgumentError, InvalidPromptError].some((type) =>
    type.isInstance(error),
  );
  if (!isUnsendable) return passing(error, { code: "bad_body", message: safe(error), isMaybeCharged: true });
  return { ...passing(error, { code: "bad_request", message: safe(error), isMaybeCharged: false }), kind: "row" };
}

function classifyStatus(error: APICallError, status: number): Failure {
  const detail = readDetail(error);
  const headers = error.responseHeaders ?? {};
  const make = (kind: FailureKind, code: string): Failure => ({
    kind,
    code,
    message: toSafeLine(`${status} ${detail.message}`.trim(), 300),
    status,
    retryAfterMs: readRetryAfterMs(headers),
    headers,
    refusal: null,
    isMaybeCharged: false,
    cause: error,
  });
  if (status < 300 && isWebPage(error))
    return { ...make("passing", "web_page"), message: `${status}, but the body is a web page, not an answer` };
  if (status < 300)
    return { ...make("passing", "bad_body"), message: describeBody(error, status), isMaybeCharged: true };
  if (status < 400) return make("fatal", "redirect");
  const hasNoMoney =
    status === 402 ||
    detail.codes.some((code) => noMoneyCodes.has(code)) ||
    /credit balance is too low/i.test(detail.message);
  if (hasNoMoney) return make("fatal", "insufficient_quota");
  if (status === 401 || detail.codes.includes("API_KEY_INVALID")) return make("fatal", "bad_key");
  if (status === 403 && /moderation|flagged/i.test(detail.message)) return make("row", "content_filter");
  if (status === 403) return make("fatal", "forbidden");
  if (status === 404 || status === 405) return make("fatal", "not_found");
  if (status === 429) {
    if (/request too large/i.test(detail.message)) return make("row", "request_too_large");
    const refusal = readRefusal({ headers, error: detail.error, message: detail.message, now: Date.now() });
    if (refusal.isZeroAllowance) return make("fatal", "insufficient_quota");
    const code = /concurren|simultaneous|in parallel/i.test(detail.message) ? "overloaded" : "rate_limited";
    return { ...make("refused", code), retryAfterMs: refusal.retryAfterMs, refusal };
  }
  if (status === 503 || status === 529) return make("refused", "overloaded");
  if (status === 408 || status === 409 || status === 425 || status >= 500) return make("passing", "server_error");
  return make("row", detail.codes.includes("content_filter") ? "content_filter" : "bad_request");
}

interface ErrorDetail {
  readonly message: string;
  /** The provider's own `code` and `type`. */
  readonly codes: readonly string[];
  /** The body's `error`, for what else it holds. */
  readonly error: unknown;
}

/** OpenAI's `{error: {message, type, code}}`, as far as it is there. */
function readDetail(error: APICallError): ErrorDetail {
  try {
    const parsed = JSON.parse(error.responseBody ?? "") as unknown;
    // Google's servers put it into a list where an answer would be a list.
    const body = (Array.isArray(parsed) ? parsed[0] : parsed) as {
      error?: { message?: unknown; type?: unknown; code?: unknown; details?: unknown } | string;
    };
    if (typeof body.error === "string") return { message: body.error, codes: [], error: null };
    const { message, type, code, details } = body.error ?? {};
    return {
      message: typeof message === "string" ? message : error.message,
      codes: [type, code, ...reasonsIn(details)].filter((part) => typeof part === "string"),
      error: body.error,
    };
  } catch {
    return { message: error.message.startsWith("HTTP ") ? "" : error.message, codes: [], error: null };
  }
}

function isWebPage({ responseBody = "" }: APICallError): boolean {
  return /^\s*<(?:!doctype|html)/i.test(responseBody);
}

function describeBody({ responseBody = "" }: APICallError, status: number): string {
  return `${status}, but the body is cut or no answer: ${toSafeLine(responseBody, 80)}`;
}

/** Google puts its reasons into a list beside the message. */
function reasonsIn(details: unknown): unknown[] {
  return Array.isArray(details) ? details.map((detail: { reason?: unknown } | null) => detail?.reason) : [];
}

function classifyNetwork(error: unknown): Failure {
  const codes = codesOf(error);
  const message = safe(error);
  if (codes.some((code) => unreachableCodes.has(code)))
    return passing(error, { code: "unreachable", message, isMaybeCharged: false });
  if (codes.includes("UND_ERR_RES_EXCEEDED_MAX_SIZE")) {
    return { ...passing(error, { code: "answer_too_large", message, isMaybeCharged: true }), kind: "row" };
  }
  if (codes.some((code) => /CERT|EPROTO|ERR_TLS|ERR_SSL|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))) {
    return { ...passing(error, { code: "bad_certificate", message, isMaybeCharged: false }), kind: "fatal" };
  }
  if (
    codes.some(
      (code) =>
        brokenCodes.has(code) ||
        /^(?:UND_ERR_(?!INVALID|ABORTED)|HPE_|ERR_HTTP2_|ERR_STREAM_PREMATURE_CLOSE)/.test(code),
    )
  ) {
    return passing(error, { code: "connection_lost", message, isMaybeCharged: true });
  }
  return { ...passing(error, { code: "bug", message, isMaybeCharged: true }), kind: "bug" };
}

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let current: unknown = error; current instanceof Error && codes.length < 8; current = current.cause) {
    codes.push(String((current as NodeJS.ErrnoException).code ?? ""));
    if (current instanceof AggregateError)
      codes.push(...current.errors.map((inner: NodeJS.ErrnoException) => String(inner?.code ?? "")));
  }
  return codes;
}

function safe(error: unknown): string {
  return toSafeLine(errorMessage(error) || codesOf(error).join(" "), 300);
}

function passing(cause: unknown, parts: Pick<Failure, "code" | "message" | "isMaybeCharged">): Failure {
  return { kind: "passing", status: null, retryAfterMs: null, headers: {}, refusal: null, cause, ...parts };
}
