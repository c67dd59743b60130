import type { CallAllOptions } from "../call-options.ts";

/** Whether calls are made one by one, or through the provider's Batch API. */
export type CallingMode = "realtime" | "batch" | "auto";

export interface BatchSettings {
  /** Under `auto`, fewer calls than this go in real time. */
  readonly minCalls: number;
  /** Most calls in one batch; null for the provider's own limit. */
  readonly maxCalls: number | null;
  /** Milliseconds between two looks at a batch at first; grows to twenty times that. */
  readonly pollMs: number;
  /** How long a batch is looked for whose submission nobody saw the end of; lists of batches lag behind. */
  readonly graceMs: number;
}

export const defaultBatchSettings: BatchSettings = { minCalls: 200, maxCalls: null, pollMs: 15_000, graceMs: 30_000 };

export interface CallingOptions extends CallAllOptions {
  readonly mode?: CallingMode | undefined;
  readonly batch?: Partial<BatchSettings> | undefined;
  /** Told what people should know, e.g. that a run waits for a batch of an earlier one; one line each; as onWarning where absent. */
  readonly onNote?: ((note: string) => void) | undefined;
}
