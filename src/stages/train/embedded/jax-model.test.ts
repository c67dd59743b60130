import { type Array as JaxArray, jit, numpy, valueAndGrad } from "@jax-js/jax";
import { expect, test } from "vitest";
import { createForwardPass } from "../../../student/forward-pass.ts";
import { createTinyTokenizer, parameterSpecs, renderTrainingRow, untrainedCheckpoint } from "../../../student/index.ts";
import { countLossTokens, layOutBatch, paddedLength } from "./batches.ts";
import { exampleRows, exampleSchedule } from "./fixtures.ts";
import { computeLogits, computeLoss, createPositions, type Parameters } from "./jax-model.ts";

const student = untrainedCheckpoint(5, exampleSchedule({ layers: 2 }));
const { config, weights } = student;
const rows = exampleRows(2).map(({ messages }) => renderTrainingRow(messages, createTinyTokenizer()));
const length = paddedLength(rows);
const shape = { length, vocabSize: config.vocab_size };
const batch = layOutBatch(rows, { rows: 2, lossTokens: countLossTokens(rows), shape });

function parameters(of: ReadonlyMap<string, Float32Array> = weights) {
  return parameterSpecs(config).map((spec) => {
    return numpy.array(Float32Array.from(of.get(spec.name) ?? []), { shape: [...spec.shape] });
  });
}
const ids = () => numpy.array(batch.ids, { shape: [2 * length] });
const targets = () => numpy.array(batch.targets, { shape: [2 * length, config.vocab_size] });

test("training and decoding compute the same logits at every position", () => {
  const logits = computeLogits(config, parameters(), ids(), createPositions(config, length)).dataSync();
  const decoder = createForwardPass(config, weights);
  rows.forEach((row, index) => {
    const cache = decoder.createCache();
    row.ids.slice(0, -1).forEach((id, position) => {
      const expected = decoder.logits(cache, [id]);
      const at = (index * length + position) * config.vocab_size;
      const largest = Math.max(...expected.map((logit, i) => Math.abs(logit - Number(logits[at + i]))));
      expect(largest).toBeLessThan(1e-4);
    });
  });
});

test("the gradient is the slope of the loss", () => {
  const loss = (of: Parameters) => computeLoss(config, of, ids(), targets(), createPositions(config, length));
  const compiledLoss = jit(loss as never) as unknown as typeof loss;
  const lossAndGradient = valueAndGrad(loss as never) as unknown as (of: Parameters) => [JaxArray, Parameters];
  const lossOf = (of: ReadonlyMap<string, Float32Array>) => Number(compiledLoss(parameters(of)).dataSync()[0]);
  const [, gradients] = lossAndGradient(parameters());
  const step = 0.003;
  parameterSpecs(config).forEach(({ name }, index) => {
    const gradient = gradients[index]?.dataSync() as Float32Array;
    const steepest = gradient.reduce((best, value, at) => {
      return Math.abs(value) > Math.abs(gradient[best] ?? 0) ? at : best;
    }, 0);
    const moved = (by: number) => {
      const changed = Float32Array.from(weights.get(name) ?? []);
      changed[steepest] = (changed[steepest] ?? 0) + by;
      return new Map(weights).set(name, changed);
    };
    const slope = (lossOf(moved(step)) - lossOf(moved(-step))) / (2 * step);
    const expected = gradient[steepest] ?? Number.NaN;
    expect(Math.abs(slope - expected), name).toBeLessThan(0.03 * Math.abs(expected) + 0.001);
  });
});
