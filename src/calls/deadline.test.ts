import { expect, it } from "vitest";
import { createDeadline } from "./deadline.ts";

const short = { hangs: 0, maxTokens: 100 };

function observe(deadline: ReturnType<typeof createDeadline>, count: number, latencyMs: number, tokens = 100): void {
  for (let answer = 0; answer < count; answer++) deadline.observe({ latencyMs, completionTokens: tokens });
}

it("is generous at first, and the more so the longer the answer may be", () => {
  const deadline = createDeadline();
  expect(deadline.forTry(short)).toBe(63_000);
  expect(deadline.forTry({ hangs: 0, maxTokens: 8_000 })).toBe(300_000);
});

it("knows a little from the first answers on", () => {
  const deadline = createDeadline();
  observe(deadline, 4, 2_000);
  expect(deadline.forTry(short)).toBe(24_000);
});

it("is four times the 99th percentile, never below its floor, and doubles for a call that hung", () => {
  const deadline = createDeadline();
  observe(deadline, 64, 100);
  expect(deadline.forTry(short)).toBe(10_000);
  expect(deadline.forTry({ ...short, hangs: 2 })).toBe(40_000);
  observe(deadline, 512, 5_000);
  expect(deadline.forTry(short)).toBe(20_000);
  expect(deadline.forTry({ ...short, hangs: 20 })).toBe(3_600_000);
});

it("leaves an answer of many tokens the time that they take", () => {
  const deadline = createDeadline();
  // Half a second, and 20 ms a token.
  for (let answer = 0; answer < 64; answer++) {
    const completionTokens = 50 + (answer % 8) * 50;
    deadline.observe({ latencyMs: 500 + completionTokens * 20, completionTokens });
  }
  expect(deadline.forTry({ hangs: 0, maxTokens: 400 })).toBe(34_000);
  const long = deadline.forTry({ hangs: 0, maxTokens: 16_000 });
  expect(long).toBeGreaterThan(16_000 * 20);
  expect(long).toBeLessThan(16_000 * 20 * 3);
});
