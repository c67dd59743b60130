import { expect, test } from "vitest";
import { exampleSchedule } from "./fixtures.ts";
import { learningRateShare } from "./learning-rate.ts";

test("rises to the peak, falls along a cosine and ends at the given share", () => {
  const schedule = exampleSchedule({ steps: 1_000, warmup_steps: 10, final_learning_rate_share: 0.1 });
  expect(learningRateShare(0, schedule)).toBeCloseTo(0.1);
  expect(learningRateShare(9, schedule)).toBe(1);
  expect(learningRateShare(10, schedule)).toBe(1);
  expect(learningRateShare(505, schedule)).toBeCloseTo(0.55);
  expect(learningRateShare(999, schedule)).toBeCloseTo(0.1, 4);
});

test("has no warm-up where none is asked for, and takes a schedule shorter than its warm-up", () => {
  expect(learningRateShare(0, exampleSchedule({ warmup_steps: 0 }))).toBe(1);
  expect(learningRateShare(1, exampleSchedule({ steps: 2, warmup_steps: 40 }))).toBeCloseTo(0.05);
});
