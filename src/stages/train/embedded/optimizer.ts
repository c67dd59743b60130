import type { LlamaConfig } from "../../../student/index.ts";
import { createOrthogonalize, type Orthogonalize } from "./newton-schulz.ts";
import { parameterSlices, type Slice, shardCount, type TrainingMemory } from "./training-memory.ts";

const muonMomentum = 0.95;
const adamBetas = [0.9, 0.98] as const;
const adamEps = 1e-8;

/** The learning rates of one step, and its number, counted from 1. */
export interface UpdateStep {
  readonly step: number;
  readonly muonLearningRate: number;
  readonly adamLearningRate: number;
}

/** Updates one shard's share of the weights in place, from the sum of all shards' gradients. */
export type Optimizer = (update: UpdateStep) => void;

/** Matrices of one shape, rows <= columns once turned, that are orthogonalised together. */
interface MuonGroup {
  readonly slices: readonly Slice[];
  readonly rows: number;
  readonly columns: number;
  readonly orthogonalize: Orthogonalize;
}

/**
 * Muon for the matrices inside the layers and Adam for the embedding and the norms, each shard a part of them: matrices in turn, and the
 * rest with the first shard.
 * @see https://kellerjordan.github.io/posts/muon/
 */
export function createOptimizer(config: LlamaConfig, memory: TrainingMemory, shard: number): Optimizer {
  const slices = parameterSlices(config);
  const isMuon = ({ name, shape }: Slice) => shape.length === 2 && !name.includes("embed_tokens");
  const groups = groupByShape(slices.filter(isMuon), shard);
  const adamSlices = shard === 0 ? slices.filter((slice) => !isMuon(slice)) : [];
  return (update) => {
    for (const group of groups) updateByMuon(group, memory, update.muonLearningRate);
    for (const slice of adamSlices) updateByAdam(slice, memory, update);
  };
}

function groupByShape(slices: readonly Slice[], shard: number): MuonGroup[] {
  const shapeOf = ({ shape }: Slice) => [...shape].sort((x, y) => x - y).join();
  return [...Map.groupBy(slices, shapeOf)].flatMap(([key, all]) => {
    const own = all.filter((_, index) => index % shardCount === shard);
    const [rows, columns] = key.split(",").map(Number) as [number, number];
    return own.length === 0
      ? []
      : [{ slices: own, rows, columns, orthogonalize: createOrthogonalize(own.length, rows, columns) }];
  });
}

function updateByMuon(group: MuonGroup, memory: TrainingMemory, learningRate: number): void {
  const { slices, rows, columns } = group;
  const size = rows * columns;
  const stack = new Float32Array(slices.length * size);
  slices.forEach((slice, index) => {
    for (let i = 0; i < size; i++) {
      const gradient = sumGradients(memory, slice.start + i);
      const momentum = muonMomentum * (memory.momentum[slice.start + i] as number) + gradient;
      memory.momentum[slice.start + i] = momentum;
      stack[index * size + turn(slice, rows, i)] = gradient + muonMomentum * momentum;
    }
  });
  const directions = group.orthogonalize(stack);
  slices.forEach((slice, index) => {
    const [outputs = 1, inputs = 1] = slice.shape;
    const rate = learningRate * Math.sqrt(Math.max(1, outputs / inputs));
    for (let i = 0; i < size; i++) {
      (memory.weights[slice.start + i] as number) -= rate * (directions[index * size + turn(slice, rows, i)] as number);
    }
  });
}

/** Where an element of a matrix (out, in) lies once the shorter side is first. */
function turn({ shape }: Slice, rows: number, index: number): number {
  const [outputs = 1, inputs = 1] = shape;
  return outputs === rows ? index : (index % inputs) * outputs + Math.floor(index / inputs);
}

function updateByAdam({ start, end }: Slice, memory: TrainingMemory, { step, adamLearningRate }: UpdateStep): void {
  const [beta1, beta2] = adamBetas;
  const { weights, momentum, variance } = memory;
  for (let i = start; i < end; i++) {
    const gradient = sumGradients(memory, i);
    momentum[i] = beta1 * (momentum[i] as number) + (1 - beta1) * gradient;
    variance[i] = beta2 * (variance[i] as number) + (1 - beta2) * gradient * gradient;
    const mean = (momentum[i] as number) / (1 - beta1 ** step);
    const spread = Math.sqrt((variance[i] as number) / (1 - beta2 ** step));
    (weights[i] as number) -= (adamLearningRate * mean) / (spread + adamEps);
  }
}

function sumGradients({ gradients }: TrainingMemory, index: number): number {
  let sum = 0;
  for (const gradient of gradients) sum += gradient[index] as number;
  return sum;
}
