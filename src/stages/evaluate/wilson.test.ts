import { describe, expect, test } from "vitest";
import { wilsonInterval } from "./wilson.ts";

describe("wilsonInterval", () => {
  // Newcombe (1998), table I, method 3.
  test.each([
    { successes: 81, trials: 263, low: 0.2553, high: 0.3662 },
    { successes: 15, trials: 148, low: 0.0624, high: 0.1605 },
    { successes: 0, trials: 20, low: 0, high: 0.1611 },
    { successes: 1, trials: 29, low: 0.0061, high: 0.1718 },
  ])("agrees with the published interval of $successes in $trials", ({ successes, trials, low, high }) => {
    const interval = wilsonInterval(successes, trials);
    expect(interval?.[0]).toBeCloseTo(low, 4);
    expect(interval?.[1]).toBeCloseTo(high, 4);
  });

  test("is mirrored when successes and failures change places", () => {
    const [low, high] = wilsonInterval(37, 400) ?? [];
    const [mirroredLow, mirroredHigh] = wilsonInterval(363, 400) ?? [];
    expect(mirroredLow).toBeCloseTo(1 - (high ?? 0), 12);
    expect(mirroredHigh).toBeCloseTo(1 - (low ?? 0), 12);
  });

  test("ends exactly at 1 when all succeed, and is null when nothing was tried", () => {
    expect(wilsonInterval(600, 600)?.[1]).toBe(1);
    expect(wilsonInterval(600, 600)?.[0]).toBeCloseTo(0.9936, 4);
    expect(wilsonInterval(0, 0)).toBeNull();
  });

  test("refuses counts that cannot be", () => {
    expect(() => wilsonInterval(5, 4)).toThrow(RangeError);
    expect(() => wilsonInterval(-1, 4)).toThrow(RangeError);
  });
});
