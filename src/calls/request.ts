import type { Json } from "../core/index.ts";
import type { Message } from "../records/index.ts";

/** As in AI SDK's call options. */
export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh";

/** One question to a model. Everything but `tag` is part of the call's identity, together with the model. */
export interface ModelRequest<Tag = unknown> {
  /** The caller's own mark, handed back with the answer; never looked at. */
  readonly tag: Tag;
  /** A system message first, if any; ends with a user message. */
  readonly messages: readonly Message[];
  /** 0-based; asking the same again with another sample index is another call. */
  readonly sample?: number;
  /** Most tokens in the answer. */
  readonly maxTokens: number;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  /** Sent with the sample index added, so that samples differ. */
  readonly seed?: number | undefined;
  /** Texts that end the answer. */
  readonly stop?: readonly string[] | undefined;
  readonly reasoningEffort?: ReasoningEffort | undefined;
  /** JSON Schema that the answer must follow. */
  readonly responseSchema?: { readonly [key: string]: Json } | undefined;
}

/** Why a call brought no answer. */
export interface CallFailure {
  /** Stable snake_case name, e.g. "bad_request", "server_error", "timeout". */
  readonly code: string;
  readonly message: string;
}

/** What became of one request: an answer, or the failure of this one row. */
export interface ModelAnswer<Tag = unknown> {
  readonly tag: Tag;
  /** sha256 of the call; the ledger's key. */
  readonly identity: string;
  /** Null exactly where `error` is set; may be empty. */
  readonly text: string | null;
  readonly reasoning: string | null;
  /** `stop`, `length`, `content-filter`, `tool-calls`, `other`, or `error` where there is no answer. */
  readonly finishReason: string;
  /** Null where the model does not say. */
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  /** Dollars that the call cost when it was made. */
  readonly costUsd: number;
  /** Whether the answer was there already: bought in an earlier run, or for an equal request of this one. */
  readonly isFromLedger: boolean;
  /** 1 for a call that needed no retry. */
  readonly tries: number;
  /** Of the last try. */
  readonly latencyMs: number;
  readonly error: CallFailure | null;
}
