import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Json } from "../core/index.ts";
import type { BatchApi } from "./batch-api.ts";
import type { TokenPrice } from "./price.ts";

/** Null where there is none, or the server tells. */
export interface ModelLimits {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly inputTokensPerMinute: number | null;
  readonly outputTokensPerMinute: number | null;
  /** A day begins at midnight UTC. */
  readonly requestsPerDay: number | null;
  readonly concurrency: number | null;
}

export const noLimits: ModelLimits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  inputTokensPerMinute: null,
  outputTokensPerMinute: null,
  requestsPerDay: null,
  concurrency: null,
};

/** What is known of a model by its name and the environment. */
export interface ModelLocation {
  /** As the configuration names it. */
  readonly name: string;
  /**
   * `openai`, `openai-responses`, `openai-compatible`, `anthropic`, `google`, an AI SDK package's name, or `nexa` for the models in this
   * process. Part of a call's identity, as `origin` is: neither may ever be renamed.
   */
  readonly provider: string;
  /**
   * The base URL's origin, e.g. "https://api.openai.com"; "package:NAME" for an AI SDK package at its own address; "nexa:" for a model in
   * this process.
   */
  readonly origin: string;
  /** The model's name at its server. */
  readonly modelId: string;
  /**
   * What stands for the model in a call's identity: `modelId` for a server's, with a fingerprint of code or weights for ours. For
   * `student:FOLDER` the name alone, until its weights are read.
   */
  readonly identity: string;
  /** It is in this process, on a loopback or private address, or its configured price is 0. */
  readonly isFree: boolean;
  /** In this process: no network, no rate limit, no deadline. */
  readonly isLocal: boolean;
  /** Sent with each call, by AI SDK provider name; empty for none. Part of a call's identity. */
  readonly providerOptions: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  /** The account's limits as far as the project gives them. */
  readonly limits: ModelLimits;
  readonly needsKey: boolean;
  /** The environment variable that holds the key, or null. */
  readonly keyEnv: string | null;
  /** True where no key is needed, too. */
  readonly hasKey: boolean;
}

/** With what it costs. */
export interface ModelDescription extends ModelLocation {
  /** Null where it is not known. */
  readonly price: TokenPrice | null;
  /** Most tokens of prompt and answer together, as published; null where it is not known. */
  readonly contextTokens: number | null;
}

/** A model that can be called. */
export interface ResolvedModel extends ModelDescription {
  readonly languageModel: LanguageModelV4;
  /** Most calls that make sense at once, or null where the limiter finds out. */
  readonly maxConcurrency: number | null;
  /** The names of the models that the server has, asked of it; null where it cannot be asked. */
  readonly listModels: ((signal: AbortSignal) => Promise<readonly string[]>) | null;
  /** A base URL that answers where the configured one does not, e.g. with /v1 at its end, or null; asked of the server. */
  readonly findBaseUrl: ((signal: AbortSignal) => Promise<string | null>) | null;
  /** The provider's Batch API, loaded when it is asked for; null where there is none. */
  readonly loadBatchApi: (() => Promise<BatchApi>) | null;
}
