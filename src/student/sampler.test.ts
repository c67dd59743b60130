import { expect, test } from "vitest";
import { createSampler } from "./sampler.ts";

const logits = Float32Array.from([0, Math.log(2), Math.log(7), Number.NEGATIVE_INFINITY]);

test("takes the likeliest token at temperature 0", () => {
  expect(createSampler({ temperature: 0, seed: 1 })(logits)).toBe(2);
});

test("draws each token as often as its share says, from the first draw of each seed on", () => {
  const counts = [0, 0, 0, 0];
  for (let seed = 0; seed < 2_000; seed++) {
    const id = createSampler({ temperature: 1, seed })(logits);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  const [first, second, third, never] = counts.map((count) => count / 2_000) as [number, number, number, number];
  expect(first).toBeCloseTo(0.1, 1);
  expect(second).toBeCloseTo(0.2, 1);
  expect(third).toBeCloseTo(0.7, 1);
  expect(never).toBe(0);
});

test("a high temperature levels the shares, and the same seed draws the same", () => {
  const sample = createSampler({ temperature: 1_000, seed: 5 });
  const draws = Array.from({ length: 3_000 }, () => sample(logits));
  expect(draws.filter((id) => id === 0).length / 3_000).toBeCloseTo(1 / 3, 1);
  const again = createSampler({ temperature: 1_000, seed: 5 });
  expect(Array.from({ length: 3_000 }, () => again(logits))).toEqual(draws);
});
