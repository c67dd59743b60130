import { countParameters, type LlamaConfig, parameterSpecs, type Weights } from "../../../student/index.ts";

/** Training rows are computed in this many shards, one a thread; fixed, so that results do not depend on the machine's cores. */
export const shardCount = 2;

/** What the threads share, each flat over all weights in the order of parameterSpecs, float32. */
export interface TrainingMemory {
  readonly weights: Float32Array<SharedArrayBuffer>;
  /** One for each shard; their sum is the batch's gradient. */
  readonly gradients: readonly Float32Array<SharedArrayBuffer>[];
  /** Muon's momentum, or Adam's first moment. */
  readonly momentum: Float32Array<SharedArrayBuffer>;
  /** Adam's second moment; unused for Muon's matrices. */
  readonly variance: Float32Array<SharedArrayBuffer>;
}

export function createTrainingMemory(config: LlamaConfig): TrainingMemory {
  const create = () =>
    new Float32Array(new SharedArrayBuffer(countParameters(config) * Float32Array.BYTES_PER_ELEMENT));
  return {
    weights: create(),
    gradients: Array.from({ length: shardCount }, create),
    momentum: create(),
    variance: create(),
  };
}

/** Where one weight lies in the flat arrays. */
export interface Slice {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export function parameterSlices(config: LlamaConfig): Slice[] {
  let start = 0;
  return parameterSpecs(config).map(({ name, shape }) => {
    const slice = { name, shape, start, end: start + shape.reduce((x, y) => x * y, 1) };
    start = slice.end;
    return slice;
  });
}

/** Fills the weights from named matrices. */
export function writeWeights(memory: TrainingMemory, config: LlamaConfig, weights: Weights): void {
  for (const { name, start } of parameterSlices(config)) memory.weights.set(weights.get(name) as Float32Array, start);
}

/** A copy of the weights by their names. */
export function readWeights(memory: TrainingMemory, config: LlamaConfig): Weights {
  return new Map(
    parameterSlices(config).map(({ name, start, end }) => [
      name,
      Float32Array.from(memory.weights.subarray(start, end)),
    ]),
  );
}

/** Length of the last step's gradient over all weights. */
export function gradientNorm({ gradients, weights }: TrainingMemory): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    let gradient = 0;
    for (const part of gradients) gradient += part[i] as number;
    sum += gradient * gradient;
  }
  return Math.sqrt(sum);
}
