import type { BatchEnd, BatchPlan } from "./batch-board.ts";
import type { Bill, TokenPrices } from "./billing.ts";
import type { FaultShares } from "./faults.ts";
import type { FakeLimits } from "./limits.ts";

/** The API by which a call came. */
export type ProtocolName = "openai" | "openai-responses" | "anthropic" | "google";

/** What a model is asked, in the terms of OpenAI's chat completions; the other APIs' requests are turned into it. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly seed?: number;
  readonly stop?: string | readonly string[];
  readonly reasoning_effort?: string;
  readonly response_format?: unknown;
}

/** Refusals that each API words in its own way. */
export type FakeErrorName =
  | "bad_request"
  | "bad_key"
  | "content_filter"
  | "context_length_exceeded"
  | "forbidden"
  | "insufficient_quota"
  | "model_not_found"
  | "overloaded"
  | "rate_limited"
  | "request_too_large"
  | "server_error"
  | "unavailable";

export interface FakeUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cached_tokens?: number;
}

export interface FakeAnswer {
  readonly kind: "answer";
  readonly text: string;
  readonly finishReason?: string;
  readonly reasoning?: string;
  /** Null for a server that does not say. */
  readonly usage?: FakeUsage | null;
  /** The body comes in pieces over so many milliseconds. */
  readonly overMs?: number;
}

/** What the server does with one request. */
export type FakeReply =
  | FakeAnswer
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** A refusal as the request's own API words it. */
  | { readonly kind: "error"; readonly error: FakeErrorName; readonly message?: string; readonly retryAfterMs?: number }
  /** The connection is reset. */
  | { readonly kind: "reset" }
  /** The connection is reset when the work is done, so that it is billed and nobody sees it. */
  | { readonly kind: "lost" }
  /** No answer ever; with `forMs` the connection ends after so long. */
  | { readonly kind: "hang"; readonly forMs?: number }
  /** A web page with status 200. */
  | { readonly kind: "html" }
  /** Status 200 and JSON that is none. */
  | { readonly kind: "malformed" }
  /** The connection ends in the middle of the body. */
  | { readonly kind: "cut" };

export interface FakeContext {
  /** The last user message. */
  readonly prompt: string;
  /** How often this very request came before. */
  readonly earlier: number;
  /** 0-based number of the call at this server. */
  readonly index: number;
  readonly protocol: ProtocolName;
  /** A line of a batch, not a request of its own. */
  readonly isBatch: boolean;
}

/** A request as it came, for `intercept`. */
export interface RawRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** How many requests with this method and path came before. */
  readonly earlier: number;
}

export interface FakeProviderOptions {
  /** The default answers as the bench-science teacher does, and anything else with "Answer to: ...". */
  readonly reply?: (request: ChatRequest, context: FakeContext) => FakeReply;
  /** Time until a reply, in milliseconds; a function may give each request its own. */
  readonly latencyMs?: number | ((request: ChatRequest, context: FakeContext) => number);
  /** Requests without this key get a 401. */
  readonly apiKey?: string;
  readonly port?: number;
  /** Names of the models that there are; any name is taken where absent. */
  readonly models?: readonly string[];
  /** Longer prompts are refused; in tokens of four characters. */
  readonly contextTokens?: number;
  readonly limits?: FakeLimits;
  /** Shares of calls that fail, 0 to 1, by the kind of failure. */
  readonly faults?: FaultShares;
  /** Of the faults' draws: equal seeds fail equal requests, in whatever order they come. */
  readonly seed?: number;
  /** Asked before anything else is done with a request to any path; null lets it pass. */
  readonly intercept?: (request: RawRequest) => FakeReply | null;
  /** How far this server's clock is ahead, in milliseconds; negative for one that is behind. */
  readonly clockSkewMs?: number;
  /** Milliseconds from a batch's creation to its end; Infinity for one that only `advance` moves. The default is 0. */
  readonly batchMs?: number;
  /** How each batch goes; the default runs all lines in `batchMs` and completes. */
  readonly batchPlan?: (batch: {
    readonly index: number;
    readonly lines: number;
    readonly metadata: Readonly<Record<string, string>>;
  }) => Partial<BatchPlan>;
  /** What becomes of the lines of a batch's results file before it is handed out, e.g. one that is cut; not of Google's inline results. */
  readonly editResults?: (lines: readonly string[]) => readonly string[];
  /** Tokens that may wait in OpenAI's batches of one model; a batch over it fails with token_limit_exceeded. */
  readonly enqueuedTokens?: number;
  /** Dollars a million tokens by model; unknown models cost what gpt-4o-mini did. */
  readonly prices?: Readonly<Record<string, TokenPrices>>;
}

/** One batch as a test sees it. */
export interface BatchView {
  readonly id: string;
  readonly protocol: ProtocolName;
  readonly stage: BatchEnd | "validating" | "in_progress" | "finalizing" | "cancelling";
  readonly metadata: Readonly<Record<string, string>>;
  readonly customIds: readonly string[];
  /** Lines that a model answered. */
  readonly answered: number;
}

export interface FakeProvider extends AsyncDisposable {
  /** Up to and with /v1: for OpenAI's API and Anthropic's. */
  readonly baseUrl: string;
  /** Up to and with /v1beta: for Google's. */
  readonly googleBaseUrl: string;
  readonly origin: string;
  /** Calls of a model so far, refused ones and unknown paths too; files, batches and lists of models are not counted here. */
  readonly requests: number;
  /** Requests that were answered with 200 and a whole body, while the client was there. */
  readonly answered: number;
  readonly inFlight: number;
  readonly mostInFlight: number;
  /** By a hash of the body, how often each request was answered with a 200: more than once was bought twice. */
  readonly answeredByBody: ReadonlyMap<string, number>;
  /** When each call came, in milliseconds, by its last user message. */
  readonly arrivals: readonly { readonly prompt: string; readonly at: number }[];
  /** Times that a status was answered to a call, e.g. 429. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Requests that were no calls, e.g. "POST /v1/batches", in order. */
  readonly otherRequests: readonly string[];
  /** What was billed, answers that nobody received and lines of batches too. */
  readonly bill: Bill;
  /** All batches, the oldest first. */
  readonly batches: readonly BatchView[];
  /** Moves every batch that has not ended one stage on. */
  advance(): void;
  close(): Promise<void>;
}
