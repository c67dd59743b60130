import { describe, expect, it } from "vitest";
import { readQuotaHeaders } from "./quota-headers.ts";
import type { QuotaReading } from "./quota-reading.ts";
import { parseReset } from "./reset-time.ts";
import { createWindowGuess } from "./window-guess.ts";

const now = Date.UTC(2026, 0, 1, 12);
const second = 1_000;
const minute = 60_000;
const day = 86_400_000;

describe("headers", () => {
  it.each<[string, Record<string, string>, Partial<QuotaReading>[]]>([
    [
      "OpenAI",
      {
        "x-ratelimit-limit-requests": "5000",
        "x-ratelimit-remaining-requests": "4999",
        "x-ratelimit-reset-requests": "12ms",
        "x-ratelimit-limit-tokens": "160000",
        "x-ratelimit-remaining-tokens": "159976",
        "x-ratelimit-reset-tokens": "6m0s",
      },
      [
        { kind: "requests", limit: 5000, remaining: 4999, resetMs: 12, windowMs: null },
        { kind: "tokens", limit: 160_000, remaining: 159_976, resetMs: 360_000, windowMs: null },
      ],
    ],
    [
      "Anthropic, whose clock is an hour ahead",
      {
        date: new Date(now + 3_600_000).toUTCString(),
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-01-01T13:00:02Z",
        "anthropic-ratelimit-input-tokens-limit": "30000",
        "anthropic-ratelimit-input-tokens-remaining": "29000",
        "anthropic-ratelimit-input-tokens-reset": "2026-01-01T13:00:03Z",
        "anthropic-ratelimit-output-tokens-limit": "8000",
      },
      [
        { kind: "requests", limit: 50, remaining: 49, resetMs: 2_000, windowMs: minute },
        { kind: "input_tokens", limit: 30_000, remaining: 29_000, resetMs: 3_000, windowMs: minute },
        { kind: "output_tokens", limit: 8_000, remaining: null, resetMs: null, windowMs: minute },
      ],
    ],
    [
      "Mistral",
      {
        "x-ratelimit-limit-req-minute": "60",
        "x-ratelimit-remaining-req-minute": "59",
        "x-ratelimit-limit-tokens-minute": "50000",
        "x-ratelimit-limit-tokens-month": "4000000",
      },
      [
        { kind: "requests", limit: 60, remaining: 59, windowMs: minute },
        { kind: "tokens", limit: 50_000, windowMs: minute },
      ],
    ],
    [
      "Cerebras",
      { "x-ratelimit-limit-requests-day": "14400", "x-ratelimit-reset-requests-day": "33011.38" },
      [{ kind: "requests", limit: 14_400, windowMs: day, resetMs: 33_011_380 }],
    ],
    [
      "Fireworks",
      { "x-ratelimit-limit-tokens-prompt": "60000", "x-ratelimit-limit-tokens-generated": "6000" },
      [
        { kind: "input_tokens", limit: 60_000, windowMs: second },
        { kind: "output_tokens", limit: 6_000, windowMs: second },
      ],
    ],
    [
      "the standard's draft",
      {
        "ratelimit-limit": "100",
        "ratelimit-policy": "100;w=60",
        "ratelimit-remaining": "50",
        "ratelimit-reset": "30",
      },
      [{ kind: "requests", limit: 100, remaining: 50, resetMs: 30_000, windowMs: minute }],
    ],
    [
      "its window beside the limit",
      { "x-ratelimit-limit": "100, 100;window=60, 10000;window=86400", "x-ratelimit-remaining": "98" },
      [{ kind: "requests", limit: 100, remaining: 98, windowMs: minute }],
    ],
    ["none", { "content-type": "application/json", "x-request-id": "1" }, []],
    ["nonsense", { "x-ratelimit-limit-requests": "many", "x-ratelimit-limit": "0" }, []],
  ])("of %s are read", (_name, headers, expected) => {
    expect(readQuotaHeaders(headers, now)).toMatchObject(expected);
    expect(readQuotaHeaders(headers, now)).toHaveLength(expected.length);
  });

  it.each([
    ["6m0s", 360_000],
    ["1m2.5s", 62_500],
    ["1h30m", 5_400_000],
    ["120ms", 120],
    ["0s", 0],
    ["23", 23_000],
    ["0.5", 500],
    [String(now / 1000 + 60), 60_000],
    [String(now + 60_000), 60_000],
    ["2026-01-01T12:00:05Z", 5_000],
    ["Thu, 01 Jan 2026 12:00:05 GMT", 5_000],
    ["2026-01-01T11:00:00Z", 0],
    ["soon", null],
    ["", null],
    ["5 apples", null],
  ])("a reset of %o is %o ms away", (text, expected) => {
    expect(parseReset(text, now)).toBe(expected);
  });
});

describe("the window of a limit", () => {
  /** The readings of a server that takes one call in so many milliseconds. */
  function guess(
    readings: readonly (readonly [used: number, resetMs: number])[],
    { limit = 1_000, everyMs = 100 } = {},
  ) {
    const windowGuess = createWindowGuess();
    return readings.map(([used, resetMs], index) => {
      const at = now + index * everyMs;
      const reading = { kind: "requests", limit, remaining: limit - used, resetMs, windowMs: null } as const;
      return windowGuess.observe(reading, { startedAt: at, now: at });
    });
  }

  it("is known from the first reading of a bucket that refills", () => {
    expect(guess([[1, 12]], { limit: 5_000 })).toEqual([{ windowMs: minute, resetAt: null }]);
    expect(guess([[30, 179_560]], { limit: 14_400 })).toEqual([{ windowMs: day, resetAt: null }]);
    expect(guess([[1, 432_000]], { limit: 200 })).toEqual([{ windowMs: day, resetAt: null }]);
  });

  it("is the least that the longest reset leaves, where windows are fixed", () => {
    const countdown = Array.from({ length: 60 }, (_, index) => [index + 7, 41_000 - index * 100] as const);
    const last = guess(countdown).at(-1);
    expect(last).toEqual({ windowMs: minute, resetAt: now + 41_000 });
    const hours = Array.from({ length: 60 }, (_, index) => [index + 7, 20_000_000 - index * 100] as const);
    expect(guess(hours).at(-1)?.windowMs).toBe(day);
  });

  it("is a second only where the whole limit comes back in one", () => {
    const second = Array.from({ length: 20 }, (_, index) => [(index % 4) + 2, 900 - (index % 4) * 250] as const);
    expect(guess(second, { limit: 10, everyMs: 250 }).at(-1)?.windowMs).toBe(1_000);
    const small = Array.from({ length: 20 }, (_, index) => [990 + (index % 5), 300] as const);
    expect(guess(small).at(-1)?.windowMs).toBe(minute);
  });

  it("is a minute where nothing speaks against it", () => {
    expect(guess([[0, 0]])).toEqual([{ windowMs: minute, resetAt: null }]);
  });
});
