import { expect, test } from "vitest";
import { createOrthogonalize } from "./newton-schulz.ts";

test("brings the singular values of every matrix near 1 and keeps its directions", () => {
  const orthogonalize = createOrthogonalize(2, 2, 3);
  const result = orthogonalize(Float32Array.from([3, 0, 0, 0, 0.5, 0, 0, 0, -0.01, 0, 0.004, 0]));
  const [first, second] = [result.subarray(0, 6), result.subarray(6)];
  for (const value of [first[0], first[4], second[4]]) {
    expect(value).toBeGreaterThan(0.6);
    expect(value).toBeLessThan(1.3);
  }
  expect(second[2]).toBeLessThan(-0.6);
  for (const value of [first[1], first[2], first[3], second[0], second[1]])
    expect(Math.abs(value ?? 1)).toBeLessThan(1e-5);
});
