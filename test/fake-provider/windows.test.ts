import { describe, expect, test } from "vitest";
import { createWindow, type LimitWindow, type WindowKind } from "./windows.ts";

const minute = 60_000;

function windowOf(kind: WindowKind, limit = 60): LimitWindow {
  return createWindow({ kind, limit, periodMs: minute, burstShare: 1 / 60 });
}

/** How many of so many asked at once pass. */
function passAtOnce(window: LimitWindow, asked: number, now: number): number {
  let passed = 0;
  for (let index = 0; index < asked; index++) {
    if (window.waitMs(1, now) > 0) continue;
    window.take(1, now);
    passed++;
  }
  return passed;
}

describe("a window", () => {
  test.each([
    ["bucket", 1, 1, 1],
    ["full-bucket", 60, 1, 60],
    ["sliding", 60, 0, 60],
    ["fixed", 60, 0, 60],
  ] as const)("%s passes its burst at once, then as it fills", (kind, first, afterSecond, afterMinutes) => {
    const window = windowOf(kind);
    expect(passAtOnce(window, 100, 0)).toBe(first);
    expect(passAtOnce(window, 100, 1_000)).toBe(afterSecond);
    expect(passAtOnce(window, 100, 3 * minute)).toBe(afterMinutes);
  });

  test.each(["bucket", "full-bucket", "sliding", "fixed"] as const)("%s passes after the wait it asks for", (kind) => {
    const window = windowOf(kind);
    passAtOnce(window, 100, 0);
    const waitMs = window.waitMs(1, 250);
    expect(waitMs).toBeGreaterThan(0);
    expect(window.waitMs(1, 250 + waitMs - 1)).toBeGreaterThan(0);
    expect(window.waitMs(1, 250 + waitMs)).toBe(0);
  });

  test("says what is left, and when all is free again", () => {
    const window = windowOf("full-bucket");
    window.take(30, 0);
    expect(window.remaining(0)).toBe(30);
    expect(window.resetMs(0)).toBe(minute / 2);
    expect(window.resetMs(minute)).toBe(0);
  });

  test("a bucket lets one large amount through when it is full, and waits for the debt", () => {
    const window = windowOf("bucket");
    expect(window.waitMs(10, 0)).toBe(0);
    window.take(10, 0);
    expect(window.waitMs(1, 0)).toBe(10_000);
  });
});
