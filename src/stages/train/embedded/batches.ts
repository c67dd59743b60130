import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RenderedRow } from "../../../student/index.ts";

/** Rows padded to one length T, as the model takes them. */
export interface TokenBatch {
  /** (B x T): token ids, each predicting the next. */
  readonly ids: Int32Array<ArrayBuffer>;
  /** (B x T, V): at the next token's id its share of the batch's loss; 0 where no loss is taken. */
  readonly targets: Float32Array<ArrayBuffer>;
}

export interface BatchShape {
  /** Tokens in a padded row. */
  readonly length: number;
  readonly vocabSize: number;
}

/** The number of tokens that carry loss. */
export function countLossTokens(rows: readonly RenderedRow[]): number {
  return rows.reduce((sum, row) => sum + row.lossMask.filter(Boolean).length, 0);
}

/**
 * Lays rows out as one batch whose loss, summed with that of further batches, is a mean over `lossTokens` tokens. Rows that are missing up
 * to `options.rows` are padding, so that every batch has one shape.
 */
export function layOutBatch(
  rows: readonly RenderedRow[],
  options: { rows: number; lossTokens: number; shape: BatchShape },
): TokenBatch {
  const { length, vocabSize } = options.shape;
  const ids = new Int32Array(options.rows * length);
  const targets = new Float32Array(options.rows * length * vocabSize);
  rows.forEach((row, index) => {
    for (let position = 0; position + 1 < row.ids.length; position++) {
      const at = index * length + position;
      ids[at] = row.ids[position] as number;
      if (row.lossMask[position + 1])
        targets[at * vocabSize + (row.ids[position + 1] as number)] = 1 / options.lossTokens;
    }
  });
  return { ids, targets };
}

/** Padded length that holds every row's inputs, a multiple of 4 for the vector units. */
export function paddedLength(rows: readonly RenderedRow[]): number {
  const longest = rows.reduce((most, row) => Math.max(most, row.ids.length - 1), 1);
  return Math.ceil(longest / 4) * 4;
}

/** The rows of any step: a function of seed and step alone, so that a resumed run goes on as if it had never stopped. */
export interface BatchOrder {
  /** Row indices of a step, counted from 0. */
  rowsAt(step: number): number[];
  /** Passes over the rows that are done after so many steps. */
  epochsAfter(steps: number): number;
}

/** Every epoch is a new permutation; a batch may span two. */
export function createBatchOrder(options: { rowCount: number; batchSize: number; seed: number }): BatchOrder {
  const { rowCount, batchSize, seed } = options;
  let epoch = -1;
  let order: number[] = [];
  function rowAt(position: number): number {
    const wanted = Math.floor(position / rowCount);
    if (wanted !== epoch) {
      epoch = wanted;
      order = permute(rowCount, seed, epoch);
    }
    return order[position % rowCount] as number;
  }
  return {
    rowsAt: (step) => Array.from({ length: batchSize }, (_, i) => rowAt(step * batchSize + i)),
    epochsAfter: (steps) => (steps * batchSize) / rowCount,
  };
}

function permute(count: number, seed: number, epoch: number): number[] {
  // The multiplier only spreads the seeds apart; it is the golden ratio in 32 bits.
  const rng = xoroshiro128plus(Math.imul(seed + 1, 0x9e3779b1) ^ epoch);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(rng, 0, i);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
