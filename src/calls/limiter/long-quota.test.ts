import { expect, it } from "vitest";
import { createLongQuota, nextMidnightIn, nextUtcMidnight } from "./long-quota.ts";

const day = 86_400_000;

it("is refilled little by little, where the server says no end of the window", () => {
  const quota = createLongQuota({ limit: 100, windowMs: day });
  expect(quota.canTake(1, 0)).toBe(true);
  quota.observe({ remaining: 1, takenSince: 1, startedAt: 0, resetAt: null }, 0);
  expect(quota.canTake(1, 0)).toBe(false);
  expect(quota.msUntilFree(1, 0)).toBe(day / 100);
  expect(quota.canTake(1, day / 100)).toBe(true);
});

it("comes back as a whole at the end of its window", () => {
  const quota = createLongQuota({ limit: 100, windowMs: day });
  quota.canTake(1, 0);
  quota.observe({ remaining: 2, takenSince: 0, startedAt: 0, resetAt: 5_000 }, 0);
  quota.take(1, 0);
  quota.take(1, 0);
  expect(quota.msUntilFree(1, 0)).toBe(5_000);
  expect(quota.canTake(100, 5_000)).toBe(true);
});

it("counts to the next midnight, where the day begins", () => {
  expect(nextUtcMidnight(Date.UTC(2026, 5, 30, 23, 59))).toBe(Date.UTC(2026, 6, 1));
  expect(nextMidnightIn("America/Los_Angeles", Date.UTC(2026, 0, 10, 12))).toBe(Date.UTC(2026, 0, 11, 8));
  expect(nextMidnightIn("America/Los_Angeles", Date.UTC(2026, 6, 10, 6, 50))).toBe(Date.UTC(2026, 6, 10, 7));
});
