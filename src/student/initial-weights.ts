import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type LlamaConfig, type ParameterSpec, parameterSpecs, type Weights } from "./llama-config.ts";

/** Spread of the embedding's first values: larger than usual, as copying a word from the request is then learned early. */
const embeddingStd = 0.1;

/**
 * The weights that training starts from: norms at 1, the embedding with a standard deviation of 0.1, matrices with one over the root of
 * their inputs. The same seed gives the same weights on every machine.
 */
export function initialWeights(config: LlamaConfig, seed: number): Weights {
  const drawNormal = createNormal(seed);
  return new Map(parameterSpecs(config).map((spec) => [spec.name, drawWeight(spec, drawNormal)]));
}

function drawWeight({ name, shape }: ParameterSpec, drawNormal: () => number): Float32Array {
  const [rows = 1, columns] = shape;
  if (columns === undefined) return new Float32Array(rows).fill(1);
  const std = name.includes("embed_tokens") ? embeddingStd : 1 / Math.sqrt(columns);
  return Float32Array.from({ length: rows * columns }, () => std * drawNormal());
}

/** Standard normal values by the Box-Muller transform. */
function createNormal(seed: number): () => number {
  const rng = xoroshiro128plus(seed);
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(rng)));
    return radius * Math.cos(2 * Math.PI * uniformFloat64(rng));
  };
}
