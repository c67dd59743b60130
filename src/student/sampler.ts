import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

const warmUpDraws = 8;

/** Chooses the next token's id from logits (V). */
export type Sampler = (logits: Float32Array) => number;

/** Greedy at temperature 0, otherwise a draw from the softened distribution; the same seed draws the same. */
export function createSampler({ temperature, seed }: { temperature: number; seed: number }): Sampler {
  if (temperature <= 0) return argmax;
  const rng = xoroshiro128plus(spread(seed));
  for (let i = 0; i < warmUpDraws; i++) uniformFloat64(rng);
  return (logits) => {
    const top = logits[argmax(logits)] ?? 0;
    const shares = Array.from(logits, (logit) => Math.exp((logit - top) / temperature));
    let left = uniformFloat64(rng) * shares.reduce((a, b) => a + b, 0);
    const index = shares.findIndex((share) => {
      left -= share;
      return left < 0;
    });
    return index === -1 ? argmax(logits) : index;
  };
}

/** Small seeds, one beside the other, become numbers far apart: this generator's first draws are near its seed. */
function spread(seed: number): number {
  // The golden ratio in 32 bits.
  return Math.imul(seed + 1, 0x9e3779b1);
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] as number) > (logits[best] as number)) best = i;
  return best;
}
