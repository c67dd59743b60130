import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from "@ai-sdk/provider";

/** One call of a batch. */
export interface BatchLine {
  /** The call's identity: 64 hexadecimal digits, which every provider takes as a custom id. */
  readonly customId: string;
  readonly options: LanguageModelV4CallOptions;
}

/** `ended` has results, whole or in part; `failed` has none. */
export type BatchPhase = "running" | "cancelling" | "ended" | "failed";

/** A batch as its provider tells of it. */
export interface BatchStatus {
  readonly batchId: string;
  readonly phase: BatchPhase;
  /** The provider's own word, e.g. "validating". */
  readonly rawStatus: string;
  /** Null where the provider does not say. */
  readonly counts: { readonly total: number; readonly done: number; readonly failed: number } | null;
  readonly createdAt: Date | null;
  readonly expiresAt: Date | null;
  /** Why it failed. */
  readonly error: string | null;
  /** The intent that it was submitted for, where the provider keeps metadata; null where it does not. */
  readonly intentId: string | null;
}

/** What became of one line: an answer, an error of the provider, or nothing, as the batch expired or was cancelled before its turn. */
export type BatchItem =
  | { readonly customId: string; readonly result: LanguageModelV4GenerateResult }
  | { readonly customId: string; readonly error: Error }
  | { readonly customId: string; readonly undone: "expired" | "cancelled" };

/** A provider's Batch API. Each method is one try; failures are thrown as the AI SDK's APICallError, or as a network error. */
export interface BatchApi {
  readonly mostLines: number;
  readonly mostBytes: number;
  /** Bytes that a line takes at the provider, before it is sent. */
  sizeOf(line: BatchLine): Promise<number>;
  /** Uploads and starts a batch. `intentId` goes along where the provider takes metadata. */
  submit(
    lines: readonly BatchLine[],
    options: { readonly intentId: string; readonly signal: AbortSignal },
  ): Promise<string>;
  status(batchId: string, signal: AbortSignal): Promise<BatchStatus>;
  /** Of an ended batch, in any order; lines that have none are left out. */
  results(batchId: string, signal: AbortSignal): AsyncIterable<BatchItem>;
  cancel(batchId: string, signal: AbortSignal): Promise<void>;
  /** The account's batches that began at or after a moment, the newest first. */
  list(since: Date, signal: AbortSignal): AsyncIterable<BatchStatus>;
  /** Custom ids of a batch's lines, where the provider lets them be read before it has ended; null where it does not. */
  peekCustomIds(batchId: string, signal: AbortSignal): Promise<readonly string[] | null>;
}
