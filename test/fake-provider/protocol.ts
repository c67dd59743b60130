import type { ChatRequest, FakeAnswer, FakeErrorName, FakeUsage, ProtocolName } from "./contract.ts";
import type { LimitStates, Refusal } from "./limits.ts";

export type RetryStyle = "both" | "ms" | "seconds" | "date" | "none";

export interface RenderedError {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface ErrorDetails {
  readonly error: FakeErrorName;
  /** Empty where the request could not be read. */
  readonly model: string;
  readonly message?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Which limit refused the call. */
  readonly refusal?: Refusal | undefined;
}

/** One API: how it is asked, and how it words what it says. Pure. */
export interface Protocol {
  readonly name: ProtocolName;
  /** The header that names a request, as this API calls it. */
  readonly requestIdHeader: string;
  /** How a refusal for rate says when to come back. */
  readonly retryStyle: RetryStyle;
  /** The key that came along, or undefined. */
  readKey(headers: Readonly<Record<string, unknown>>): string | undefined;
  /** What is wrong with the headers, or null. */
  checkHeaders(headers: Readonly<Record<string, unknown>>): string | null;
  /** Throws for a body that is none. */
  readRequest(body: unknown, model: string): ChatRequest;
  renderAnswer(request: ChatRequest, answer: FakeAnswer, details: { usage: FakeUsage; id: string }): unknown;
  renderError(details: ErrorDetails): RenderedError;
  /** Headers that tell of the limits; `now` is this server's clock. */
  limitHeaders(states: LimitStates, now: number): Record<string, string>;
}

/** Content as a text, or a list of parts with texts. */
export function textOfContent(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("");
}
