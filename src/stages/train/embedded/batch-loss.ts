import type { RenderedRow } from "../../../student/index.ts";
import { type BatchShape, countLossTokens, layOutBatch, type TokenBatch } from "./batches.ts";
import type { ShardPool } from "./shard-pool.ts";
import { shardCount } from "./training-memory.ts";

/** One batch a shard out of a step's rows; together their losses are the mean over `lossTokens` tokens. */
export function splitRows(
  rows: readonly RenderedRow[],
  { batchSize, lossTokens, shape }: { batchSize: number; lossTokens: number; shape: BatchShape },
): TokenBatch[] {
  const shardRows = batchSize / shardCount;
  return Array.from({ length: shardCount }, (_, shard) =>
    layOutBatch(rows.slice(shard * shardRows, (shard + 1) * shardRows), { rows: shardRows, lossTokens, shape }),
  );
}

/** Mean loss a token over the rows, in batches of the training's own shape. */
export async function measureLoss(
  pool: ShardPool,
  rows: readonly RenderedRow[],
  { batchSize, shape }: { batchSize: number; shape: BatchShape },
): Promise<number> {
  const lossTokens = countLossTokens(rows);
  let loss = 0;
  for (let start = 0; start < rows.length; start += batchSize) {
    loss += await pool.computeLoss(splitRows(rows.slice(start, start + batchSize), { batchSize, lossTokens, shape }));
  }
  return loss;
}
