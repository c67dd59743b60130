import { type Array as JaxArray, jit, numpy, valueAndGrad } from "@jax-js/jax";
import type { LlamaConfig } from "../../../student/index.ts";
import type { TokenBatch } from "./batches.ts";
import { computeLoss, createPositions, type Parameters, type Positions } from "./jax-model.ts";
import { createOptimizer, type UpdateStep } from "./optimizer.ts";
import { parameterSlices, type TrainingMemory } from "./training-memory.ts";

/** One thread's part of the training: it computes gradients for its rows and updates its share of the weights. */
export interface Shard {
  /** Writes the batch's gradient to the shard's own buffer and returns its part of the loss. */
  computeGradient(batch: TokenBatch): number;
  /** Returns the batch's part of the loss and changes nothing. */
  computeLoss(batch: TokenBatch): number;
  /** Updates the shard's share of the weights from all shards' gradients. */
  update(step: UpdateStep): void;
}

type LossArguments = [parameters: Parameters, ids: JaxArray, targets: JaxArray, positions: Positions];

export interface ShardOptions {
  readonly config: LlamaConfig;
  readonly memory: TrainingMemory;
  readonly shard: number;
  /** Tokens in a padded row. */
  readonly length: number;
}

export function createShard({ config, memory, shard, length }: ShardOptions): Shard {
  const slices = parameterSlices(config);
  const own = memory.gradients[shard] as Float32Array;
  const constants = createPositions(config, length);
  const loss = (...args: LossArguments) => computeLoss(config, ...args);
  const lossOnly = jit(loss as never) as unknown as typeof loss;
  const lossAndGradient = jit(valueAndGrad(loss as never) as never) as unknown as (
    ...args: LossArguments
  ) => [JaxArray, JaxArray[]];

  function prepare({ ids, targets }: TokenBatch): LossArguments {
    return [
      slices.map(({ start, end, shape }) =>
        numpy.array(Float32Array.from(memory.weights.subarray(start, end)), { shape: [...shape] }),
      ),
      numpy.array(ids, { shape: [ids.length] }),
      numpy.array(targets, { shape: [ids.length, config.vocab_size] }),
      { cos: constants.cos.ref, sin: constants.sin.ref, mask: constants.mask.ref },
    ];
  }

  return {
    computeGradient(batch) {
      const [value, gradients] = lossAndGradient(...prepare(batch));
      gradients.forEach((gradient, index) => {
        own.set(gradient.dataSync() as Float32Array, (slices[index] as { start: number }).start);
      });
      return value.dataSync()[0] as number;
    },
    computeLoss: (batch) => lossOnly(...prepare(batch)).dataSync()[0] as number,
    update: createOptimizer(config, memory, shard),
  };
}
