import { describe, expect, it } from "vitest";
import { type ModelLimits, noLimits } from "../../models/index.ts";
import { simulateCalls } from "./fixtures/simulate-calls.ts";
import {
  createBucketServer,
  createFixedServer,
  createSlidingServer,
  type SimulatedLimit,
  type SimulatedServer,
} from "./fixtures/simulated-server.ts";
import { createLimiter, type Limiter, type ModelLimiterOptions } from "./limiter.ts";
import { readLimiterNote, writeLimiterNote } from "./limiter-note.ts";

const minuteMs = 60_000;
const perMinute = 2_000;
const size = { promptChars: 400, maxTokens: 100 };

const servers: Readonly<Record<string, (limit: SimulatedLimit) => SimulatedServer>> = {
  "a bucket of one second": (limit) => createBucketServer({ ...limit, capacity: limit.limit / 60 }),
  "a bucket of a minute": (limit) => createBucketServer({ ...limit, capacity: limit.limit }),
  "a sliding minute": createSlidingServer,
  "a fixed minute": (limit) => createFixedServer({ ...limit, offsetMs: 20_000 }),
};

/** Made new for each test, with a clock of the test's own. */
function createOn(now: () => number, options: ModelLimiterOptions & { start?: number; max?: number } = {}): Limiter {
  const { start = 8, max = 1_024, ...rest } = options;
  return createLimiter({ start, max, now, random: () => 0.7, ...rest });
}

function setUp(options: ModelLimiterOptions & { start?: number; max?: number } = {}) {
  let at = Date.UTC(2026, 0, 1, 12);
  const limiter = createOn(() => at, options);
  return {
    limiter,
    now: () => at,
    pass(ms: number) {
      at += ms;
    },
    /** Starts as many calls as may start now. */
    fill() {
      const permits = [];
      for (let permit = limiter.tryStart(size); permit !== null; permit = limiter.tryStart(size)) permits.push(permit);
      return permits;
    },
  };
}

describe.each(Object.entries(servers))("with a server that counts by %s", (_name, create) => {
  const limit = { limit: perMinute, windowMs: minuteMs };
  const work = { calls: 2_000, failedShare: 0.045 };
  /** A minute's calls at the limit, with those that fail and are made again: 62.9 s. */
  const idealMs = (2_000 / 0.955 / perMinute) * minuteMs;

  it("runs at a configured limit without one refusal", () => {
    const limits: ModelLimits = { ...noLimits, requestsPerMinute: perMinute };
    const { ms99, refused, answered } = simulateCalls({
      ...work,
      server: create({ ...limit, says: "nothing" }),
      createLimiter: (now) => createOn(now, { limits }),
    });
    expect(answered).toBe(2_000);
    expect(refused).toBe(0);
    expect(ms99).toBeLessThan(1.05 * minuteMs);
  });

  it.each([100, 10_000])("learns the limit from the first response, with answers after %i ms", (latencyMs) => {
    const { ms, refused, answered } = simulateCalls({
      ...work,
      latencyMs,
      server: create({ ...limit, says: "headers" }),
      createLimiter: (now) => createOn(now),
    });
    expect(answered).toBe(2_000);
    expect(refused / 2_000).toBeLessThanOrEqual(0.005);
    // The first answer brings the limit, and failed calls need another one.
    expect(ms).toBeLessThan(idealMs * 1.01 + 3 * latencyMs);
  });

  it("stays at the limit for many minutes", () => {
    const { ms, refused } = simulateCalls({
      calls: 10_000,
      server: create({ ...limit, says: "headers" }),
      createLimiter: (now) => createOn(now),
    });
    expect(refused).toBeLessThanOrEqual(5);
    expect(ms).toBeLessThan(5 * minuteMs * 1.01);
  });

  it("finds the rate of a server without words, and loses no call", () => {
    const { ms, refused, answered, limiter } = simulateCalls({
      calls: 10_000,
      server: create({ ...limit, says: "nothing" }),
      createLimiter: (now) => createOn(now, { max: 256 }),
    });
    expect(answered).toBe(10_000);
    expect(ms).toBeLessThan(5 * minuteMs * 1.25);
    expect(refused / 10_000).toBeLessThan(0.05);
    expect(limiter.note().requestsPerMs).toBeGreaterThan((0.6 * perMinute) / minuteMs);
  });

  it("paces tokens as well as requests, by estimates that it corrects", () => {
    let seed = 7;
    const tokens = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return { prompt: 150, completion: 50 + (seed % 300) };
    };
    const tokensPerMinute = 200_000;
    const { ms, refused } = simulateCalls({
      calls: 2_000,
      tokens,
      server: create({ limit: tokensPerMinute, windowMs: minuteMs, says: "headers", kind: "tokens" }),
      createLimiter: (now) => createOn(now),
    });
    // 350 tokens each: 3.5 minutes.
    expect(ms).toBeGreaterThan(2.3 * minuteMs);
    expect(ms).toBeLessThan(3.5 * minuteMs * 1.15);
    expect(refused / 2_000).toBeLessThan(0.02);
  });
});

describe("limits that are shared or change", () => {
  it("waits for the end of a fixed window that others have used up", () => {
    const { limiter, pass, now, fill } = setUp();
    const headers = (remaining: number, resetMs: number) => ({
      "x-ratelimit-limit-requests": "600",
      "x-ratelimit-remaining-requests": String(remaining),
      "x-ratelimit-reset-requests": `${resetMs}ms`,
    });
    const resetAt = now() + 40_000;
    for (const remaining of [300, 200, 90, 40, 0]) {
      const [permit] = fill();
      if (permit === undefined) throw new Error("no call may start");
      limiter.end(permit, { how: "answered", headers: headers(remaining, resetAt - now()) });
      while (limiter.inFlight > 0) limiter.end(permit, { how: "answered" });
      if (remaining > 0) pass(1_000);
    }
    expect(limiter.tryStart(size)).toBeNull();
    expect(limiter.waitMs(size)).toBe(resetAt - now());
    pass(resetAt - now());
    expect(limiter.tryStart(size)).not.toBeNull();
  });

  it("starts at speed with what an earlier run learnt", () => {
    const server = () => createSlidingServer({ limit: 600, windowMs: minuteMs, says: "nothing" });
    const first = simulateCalls({ calls: 3_000, server: server(), createLimiter: (now) => createOn(now) });
    const note = readLimiterNote(writeLimiterNote(first.limiter.note(), 1_000), 1_000);
    const second = simulateCalls({ calls: 600, server: server(), createLimiter: (now) => createOn(now, { note }) });
    expect(first.refused).toBeGreaterThan(10);
    expect(second.refused).toBeLessThanOrEqual(2);
  });

  it("forgets a note of long ago, and one that cannot be read", () => {
    const note = writeLimiterNote({ limits: [], requestsPerMs: 1 }, 0);
    expect(readLimiterNote(note, 86_400_000)).not.toBeNull();
    expect(readLimiterNote(note, 8 * 86_400_000)).toBeNull();
    expect(readLimiterNote("{", 0)).toBeNull();
    expect(readLimiterNote(null, 0)).toBeNull();
  });
});

describe("a day's quota", () => {
  const limits: ModelLimits = { ...noLimits, requestsPerDay: 10 };

  it("waits for midnight when the configured one is used up, also over restarts, and says so", () => {
    const { limiter, fill, pass } = setUp({ limits, usedToday: 4 });
    expect(fill()).toHaveLength(6);
    expect(limiter.waitMs(size)).toBe(12 * 3_600_000);
    expect(limiter.describe()).toBe(
      "the day's quota of 10 requests is used up: goes on in 12 h 00 min (at 2026-01-02, 00:00 UTC)",
    );
    pass(12 * 3_600_000);
    expect(limiter.quotaEnd()).toBeNull();
  });

  it("is told from a minute's by the reset, as with Groq", () => {
    const { limiter, fill, pass } = setUp({ start: 4 });
    const headers = {
      "x-ratelimit-limit-requests": "14400",
      "x-ratelimit-remaining-requests": "14370",
      "x-ratelimit-reset-requests": "2m59.56s",
      "x-ratelimit-limit-tokens": "18000",
      "x-ratelimit-remaining-tokens": "17997",
      "x-ratelimit-reset-tokens": "10ms",
    };
    for (const permit of fill()) {
      pass(50);
      limiter.end(permit, { how: "answered", headers, promptTokens: 100, completionTokens: 10 });
    }
    expect(limiter.note().limits).toMatchObject([
      { kind: "requests", limit: 14_400, windowMs: 86_400_000 },
      { kind: "tokens", limit: 18_000, windowMs: 60_000 },
    ]);
  });

  it("holds only the model back whose quota has ended", () => {
    const { limiter, now, pass } = setUp();
    const permit = limiter.tryStart(size);
    if (permit === null) throw new Error("no call may start");
    limiter.end(permit, { how: "refused", quotaEndsAt: now() + 7_200_000 });
    expect(limiter.tryStart(size)).toBeNull();
    expect(limiter.quotaEnd()).toMatchObject({ until: now() + 7_200_000 });
    expect(limiter.describe()).toContain("goes on in 2 h 00 min (at 14:00 UTC)");
    pass(7_200_000);
    expect(limiter.tryStart(size)).not.toBeNull();
  });
});

describe("the first call", () => {
  it("goes alone until its answer, but not for long", () => {
    const { limiter, fill, pass } = setUp({ startsAlone: true });
    expect(fill()).toHaveLength(1);
    expect(limiter.waitMs(size)).toBe(3_000);
    pass(3_000);
    expect(fill()).toHaveLength(7);
  });

  it("is followed by all others when it is answered", () => {
    const { limiter, fill } = setUp({ startsAlone: true });
    const [permit] = fill();
    if (permit === undefined) throw new Error("no call may start");
    limiter.end(permit, { how: "answered" });
    expect(limiter.hasAnswered).toBe(true);
    expect(fill().length).toBeGreaterThanOrEqual(8);
  });

  it("needs no company where an earlier run's key worked", () => {
    const { fill } = setUp({ startsAlone: true, note: { limits: [], requestsPerMs: null } });
    expect(fill()).toHaveLength(8);
  });
});

describe("what it says", () => {
  it("names the share of the limit that is used", () => {
    const { limiter, pass, fill } = setUp({ limits: { ...noLimits, requestsPerMinute: 60 } });
    let started = 0;
    for (let second = 0; second < 45; second++) {
      started += fill().length;
      pass(1_010);
      while (limiter.inFlight > 0) limiter.end(fakePermit(limiter), { how: "answered" });
    }
    expect(started).toBeGreaterThan(40);
    // The whole minute has 45 of 60; the last seconds say what the run is doing.
    expect(limiter.describe()).toMatch(/^at (9\d|100)% of 60 requests\/min$/);
  });

  it("says nothing where nothing holds calls back", () => {
    expect(setUp().limiter.describe()).toBe("");
  });
});

function fakePermit(limiter: Limiter) {
  const taken = { requests: 1, tokens: 0, input_tokens: 0, output_tokens: 0 };
  return { startedAt: 0, isProbe: limiter.inFlight < 0, size, taken, takenBefore: taken };
}
