import { expect, test } from "vitest";
import { createMovingRate } from "./moving-rate.ts";

function run() {
  let time = 1_000;
  const rate = createMovingRate({ windowMs: 30_000, now: () => time });
  let count = 0;
  const pass = (seconds: number, perSecond: number): void => {
    for (let tick = 0; tick < seconds * 4; tick++) {
      time += 250;
      count += perSecond / 4;
      rate.observe(count);
    }
  };
  rate.observe(0);
  return { rate, pass };
}

test("says nothing before anything has happened", () => {
  const { rate, pass } = run();
  expect(rate.perSecond()).toBeNull();
  pass(10, 0);
  expect(rate.perSecond()).toBeNull();
});

test("follows a speed that changes within half a minute, and forgets what was before", () => {
  const { rate, pass } = run();
  pass(60, 100);
  expect(rate.perSecond()).toBeCloseTo(100, 0);
  pass(15, 20);
  expect(rate.perSecond()).toBeGreaterThan(50);
  expect(rate.perSecond()).toBeLessThan(70);
  pass(20, 20);
  expect(rate.perSecond()).toBeCloseTo(20, 0);
});

test("falls to nothing while nothing happens", () => {
  const { rate, pass } = run();
  pass(60, 100);
  pass(35, 0);
  expect(rate.perSecond()).toBe(0);
});
