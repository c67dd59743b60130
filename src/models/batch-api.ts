import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from "@ai-sdk/provider";

/** One call as a provider's batch takes it. */
export interface PreparedCall {
  /** What the line takes at the provider, its custom id included. */
  readonly sizeBytes: number;
  /** The API's own; not looked at by anyone else. */
  readonly content: unknown;
}

/** One line of a batch. */
export interface BatchLine {
  /** Unique in the batch; at most 64 letters, digits, `-` and `_`, which every provider takes. */
  readonly customId: string;
  readonly call: PreparedCall;
}

/** `ended` may have results, of all lines or a part; `failed` has none. */
export type BatchPhase = "running" | "cancelling" | "ended" | "failed";

/** Why a batch failed, or one line of it was not taken. */
export interface BatchError {
  /** The provider's own, e.g. "token_limit_exceeded"; empty where it gives none. */
  readonly code: string;
  readonly message: string;
  /** 1-based line of the batch; null where it is about the whole. */
  readonly line: number | null;
}

/** A batch as its provider tells of it. */
export interface BatchStatus {
  readonly batchId: string;
  readonly phase: BatchPhase;
  /** The provider's own word, e.g. "validating". */
  readonly rawStatus: string;
  /** Null where the provider does not say, or not yet. */
  readonly counts: { readonly total: number; readonly done: number; readonly failed: number } | null;
  readonly createdAt: Date | null;
  readonly expiresAt: Date | null;
  readonly errors: readonly BatchError[];
  /** The intent that it was submitted for, where the provider keeps what we send along; null where it does not. */
  readonly intentId: string | null;
}

/** What became of one line: an answer, an error, or nothing, as the batch expired or was cancelled before its turn. */
export type BatchItem =
  | { readonly customId: string; readonly result: LanguageModelV4GenerateResult }
  | { readonly customId: string; readonly error: Error }
  | { readonly customId: string; readonly undone: "expired" | "cancelled" };

export interface SubmitOptions {
  /** Ours, 16 hexadecimal digits; goes along where the provider takes metadata. */
  readonly intentId: string;
  readonly signal: AbortSignal;
  /** Told of the uploaded input file before the batch is made; never where the provider takes the lines themselves. */
  readonly onUploaded: (fileId: string) => void;
}

/**
 * A provider's Batch API. Each method is one try; a refusal is thrown as the AI SDK's APICallError, a broken connection as it comes. No
 * method waits for a batch.
 */
export interface BatchApi {
  readonly mostLines: number;
  readonly mostBytes: number;
  /** Whether `submit` uploads a file first, and so cannot have made a batch before it told of the file. */
  readonly uploadsFirst: boolean;
  /** The very call that would be made in real time, sent nowhere yet. */
  prepare(options: LanguageModelV4CallOptions): Promise<PreparedCall>;
  /** Uploads and starts a batch; its id. */
  submit(lines: readonly BatchLine[], options: SubmitOptions): Promise<string>;
  status(batchId: string, signal: AbortSignal): Promise<BatchStatus>;
  /** Of an ended batch, in any order. Lines that cannot be read are left out. */
  results(batchId: string, signal: AbortSignal): AsyncIterable<BatchItem>;
  cancel(batchId: string, signal: AbortSignal): Promise<void>;
  /** The account's batches that were made at or after a moment, other people's too. */
  list(since: Date, signal: AbortSignal): AsyncIterable<BatchStatus>;
  /** The custom id of any one of a batch's lines; null where the provider does not tell, or not yet. */
  peekCustomId(batchId: string, signal: AbortSignal): Promise<string | null>;
  /** Removes an uploaded file of which no batch was made. */
  discardUpload(fileId: string, signal: AbortSignal): Promise<void>;
}
