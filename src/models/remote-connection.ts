import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { SdkFetch } from "./http-fetch.ts";
import type { Protocol } from "./model-name.ts";
import type { Redactor } from "./redact.ts";

/** All that it takes to speak with a model's server, past what the AI SDK does itself. */
export interface RemoteConnection {
  readonly protocol: Protocol;
  /** The model's name at the server. */
  readonly modelId: string;
  /** Up to and with the version, e.g. "https://api.openai.com/v1"; no slash at its end. */
  readonly baseUrl: string;
  /** Undefined where the server needs none. */
  readonly apiKey: string | undefined;
  /** The entry's own headers, ready to be sent; may hold secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** For model calls; its Response is only what the AI SDK reads. */
  readonly fetch: typeof globalThis.fetch;
  /** Takes the key, and what is secret of the headers, out of what the server says; `fetch` does so by itself. */
  readonly redactor: Redactor;
  /** For files and the official SDKs: a whole Response, with a body that streams; a 2xx one as it came. */
  readonly sdkFetch: SdkFetch;
  /** The language model with another fetch, e.g. one that keeps what would be sent. */
  languageModelWith(fetch: typeof globalThis.fetch): LanguageModelV4;
}
