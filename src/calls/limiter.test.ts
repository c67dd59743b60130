import { expect, it } from "vitest";
import { createLimiter } from "./limiter.ts";

function setUp({ start, max }: { start: number; max: number }) {
  let at = 1000;
  const limiter = createLimiter({ start, max, now: () => at, random: () => 1 });
  const fill = (): number => {
    let started = 0;
    while (limiter.tryStart()) started++;
    return started;
  };
  return {
    limiter,
    fill,
    pass: (ms: number) => {
      at += ms;
    },
    /** One round trip in which all that may be in flight is answered. */
    roundTrip() {
      fill();
      const startedAt = at;
      at += 100;
      for (let left = limiter.inFlight; left > 0; left--) limiter.end("answered", { startedAt });
    },
    now: () => at,
  };
}

it("doubles every round trip up to its maximum", () => {
  const { limiter, roundTrip } = setUp({ start: 8, max: 100 });
  const seen = [limiter.concurrency];
  for (let trip = 0; trip < 5; trip++) {
    roundTrip();
    seen.push(limiter.concurrency);
  }
  expect(seen[0]).toBe(8);
  expect(seen[2]).toBeGreaterThan(11);
  expect(seen.at(-1)).toBeLessThanOrEqual(100);
  for (let trip = 0; trip < 200; trip++) roundTrip();
  expect(limiter.concurrency).toBe(100);
});

it("halves once for all refusals of a round trip, and then grows by one a round trip", () => {
  const { limiter, fill, pass, roundTrip, now } = setUp({ start: 64, max: 512 });
  fill();
  const startedAt = now();
  pass(100);
  for (let left = 64; left > 0; left--) limiter.end("refused", { startedAt, retryAfterMs: 50 });
  expect(limiter.concurrency).toBe(32);
  expect(limiter.tryStart()).toBe(false);
  expect(limiter.pauseMs()).toBe(50);
  pass(50);
  roundTrip();
  roundTrip();
  expect(limiter.concurrency).toBeGreaterThanOrEqual(33);
  expect(limiter.concurrency).toBeLessThanOrEqual(34);
});

it("does not grow on calls that do not use it up", () => {
  const { limiter, now } = setUp({ start: 8, max: 100 });
  for (let call = 0; call < 50; call++) {
    limiter.tryStart();
    limiter.end("answered", { startedAt: now() });
  }
  expect(limiter.concurrency).toBe(8);
});

it("pauses longer with each refusal that says no time", () => {
  const { limiter, pass, now } = setUp({ start: 1, max: 1 });
  const pauses = Array.from({ length: 3 }, () => {
    limiter.tryStart();
    const startedAt = now();
    pass(1);
    limiter.end("refused", { startedAt });
    const pause = limiter.pauseMs();
    pass(pause);
    return pause;
  });
  expect(pauses).toEqual([250, 500, 1000]);
});
