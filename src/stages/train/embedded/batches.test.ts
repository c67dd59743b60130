import { expect, test } from "vitest";
import { countLossTokens, createBatchOrder, layOutBatch, paddedLength } from "./batches.ts";

const row = (length: number, from: number) => ({
  ids: Array.from({ length }, (_, i) => 10 + i),
  lossMask: Array.from({ length }, (_, i) => i >= from),
});

test("each token predicts the next, and only masked ones carry loss", () => {
  const { ids, targets } = layOutBatch([row(4, 2)], { rows: 2, lossTokens: 2, shape: { length: 4, vocabSize: 20 } });
  expect([...ids]).toEqual([10, 11, 12, 0, 0, 0, 0, 0]);
  const carried = [...targets].flatMap((share, at) => (share === 0 ? [] : [[Math.floor(at / 20), at % 20, share]]));
  expect(carried).toEqual([
    [1, 12, 0.5],
    [2, 13, 0.5],
  ]);
});

test("the padded length holds the longest row's inputs", () => {
  expect(paddedLength([row(5, 1), row(9, 1)])).toBe(8);
  expect(paddedLength([row(10, 1)])).toBe(12);
  expect(countLossTokens([row(5, 1), row(9, 1)])).toBe(12);
});

test("every row comes once an epoch, in an order that the seed decides", () => {
  const order = createBatchOrder({ rowCount: 10, batchSize: 4, seed: 7 });
  const seen = Array.from({ length: 5 }, (_, step) => order.rowsAt(step)).flat();
  expect(seen.slice(0, 10).sort((a, b) => a - b)).toEqual([...Array(10).keys()]);
  expect(seen.slice(10).sort((a, b) => a - b)).toEqual([...Array(10).keys()]);
  expect(seen.slice(0, 10)).not.toEqual(seen.slice(10));
  expect(createBatchOrder({ rowCount: 10, batchSize: 4, seed: 8 }).rowsAt(0)).not.toEqual(order.rowsAt(0));
  expect(order.epochsAfter(5)).toBe(2);
});

test("a step's rows do not depend on the steps before it", () => {
  const walked = createBatchOrder({ rowCount: 11, batchSize: 4, seed: 7 });
  for (let step = 0; step < 30; step++) {
    expect(createBatchOrder({ rowCount: 11, batchSize: 4, seed: 7 }).rowsAt(step)).toEqual(walked.rowsAt(step));
  }
});
