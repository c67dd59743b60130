import { besideModule, startWorkerThread } from "../../../core/index.ts";
import type { LlamaConfig } from "../../../student/index.ts";
import type { TokenBatch } from "./batches.ts";
import type { UpdateStep } from "./optimizer.ts";
import type { ShardOptions } from "./shard.ts";
import { shardCount, type TrainingMemory } from "./training-memory.ts";

export type ShardRequest =
  | { readonly task: "gradient" | "loss"; readonly batch: TokenBatch }
  | { readonly task: "update"; readonly step: UpdateStep };

/** `value` is the request's part of the loss, where it has one. */
export interface ShardReply {
  readonly value: number;
}

/** The training threads, one a shard. Splitting the rows, and not each kernel, lets two threads meet twice a step instead of 250 times. */
export interface ShardPool extends AsyncDisposable {
  /** Writes each shard's gradient to the training memory; one batch a shard. Returns the loss over all of them. */
  computeGradients(batches: readonly TokenBatch[]): Promise<number>;
  /** The loss over the batches, one a shard; changes nothing. */
  computeLoss(batches: readonly TokenBatch[]): Promise<number>;
  /** Updates the weights in the training memory. */
  update(step: UpdateStep): Promise<void>;
}

export interface ShardPoolOptions {
  readonly config: LlamaConfig;
  readonly memory: TrainingMemory;
  /** Tokens in a padded row. */
  readonly length: number;
  /** Shards that work at the same time; the result is the same for any number. */
  readonly threads: number;
}

export function createShardPool({ threads: atOnce, ...options }: ShardPoolOptions): ShardPool {
  const file = besideModule(import.meta.url, "shard-worker");
  const threads = Array.from({ length: shardCount }, (_, shard) => {
    const workerData: ShardOptions = { ...options, shard };
    return startWorkerThread<ShardRequest, ShardReply>({ file, workerData, name: `train-${shard}` });
  });
  async function askAll(requests: readonly ShardRequest[]): Promise<number> {
    let sum = 0;
    for (let first = 0; first < threads.length; first += atOnce) {
      const working = threads.slice(first, first + atOnce);
      const values = await Promise.all(
        working.map((thread, index) => thread.ask(requests[first + index] as ShardRequest)),
      );
      for (const { value } of values) sum += value;
    }
    return sum;
  }
  return {
    computeGradients: (batches) => askAll(batches.map((batch) => ({ task: "gradient", batch }))),
    computeLoss: (batches) => askAll(batches.map((batch) => ({ task: "loss", batch }))),
    update: async (step) => {
      await askAll(threads.map(() => ({ task: "update", step })));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}
