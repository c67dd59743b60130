import { describe, expect, it } from "vitest";
import { type Account, type CallEnd, createAccount, type RefusedCall } from "./account.ts";

function setUp({ start, max }: { start: number; max: number }) {
  let at = 1_000_000;
  const account = createAccount({ start, max, now: () => at, random: () => 1 });
  const probes: boolean[] = [];
  const startAll = (): number => {
    let started = 0;
    for (; account.mayStart(at); started++) probes.push(account.start(at));
    return started;
  };
  const end = (how: CallEnd, startedAt: number): void =>
    account.end({ startedAt, isProbe: probes.shift() ?? false }, how);
  return {
    account,
    startAll,
    now: () => at,
    pass(ms: number) {
      at += ms;
    },
    /** One round trip in which all that may be in flight ends in one way. */
    roundTrip(how: CallEnd = "answered", retryAfterMs: number | null = null) {
      startAll();
      const startedAt = at;
      at += 100;
      for (let left = account.inFlight; left > 0; left--) {
        if (how === "refused" || how === "overloaded" || how === "unavailable")
          refuse(account, { startedAt, retryAfterMs, how });
        end(how, startedAt);
      }
    },
  };
}

function refuse(account: Account, call: Omit<RefusedCall, "onAdmitted">): void {
  account.refuse({ ...call, onAdmitted: () => undefined });
}

describe("calls in flight", () => {
  it("double every round trip up to the maximum", () => {
    const { account, roundTrip } = setUp({ start: 8, max: 100 });
    const seen = [account.concurrency.places];
    for (let trip = 0; trip < 5; trip++) {
      roundTrip();
      seen.push(account.concurrency.places);
    }
    expect(seen[0]).toBe(8);
    expect(seen[2]).toBeGreaterThan(11);
    expect(seen.at(-1)).toBeLessThanOrEqual(100);
    for (let trip = 0; trip < 200; trip++) roundTrip();
    expect(account.concurrency.places).toBe(100);
  });

  it("halve once for all calls of a round trip that were too many, and then grow by one a round trip", () => {
    const { account, startAll, pass, roundTrip, now } = setUp({ start: 64, max: 512 });
    roundTrip("overloaded", 50);
    expect(account.concurrency.places).toBe(32);
    expect(account.mayStart(now())).toBe(false);
    expect(account.msUntilStart(now())).toBe(50);
    pass(50);
    expect(startAll()).toBe(1);
    roundTrip();
    roundTrip();
    roundTrip();
    expect(account.concurrency.places).toBeGreaterThanOrEqual(33);
    expect(account.concurrency.places).toBeLessThanOrEqual(35);
  });

  it("do not grow where they are not used up", () => {
    const { account, now } = setUp({ start: 8, max: 100 });
    for (let call = 0; call < 50; call++) account.end({ startedAt: now(), isProbe: account.start(now()) }, "answered");
    expect(account.concurrency.places).toBe(8);
  });
});

describe("refusals", () => {
  it("pause longer each time where they say no time", () => {
    const { account, pass, now } = setUp({ start: 1, max: 1 });
    const pauses = Array.from({ length: 3 }, () => {
      const startedAt = now();
      const isProbe = account.start(startedAt);
      pass(1);
      refuse(account, { startedAt, retryAfterMs: null, how: "refused" });
      account.end({ startedAt, isProbe }, "refused");
      const pause = account.pausedUntil - now();
      pass(pause);
      return pause;
    });
    expect(pauses).toEqual([250, 500, 1_000]);
  });

  it("let one call try when the pause is over, and the others when that one was taken", () => {
    const { account, startAll, pass, roundTrip } = setUp({ start: 16, max: 16 });
    roundTrip("refused", 500);
    pass(500);
    expect(startAll()).toBe(1);
    pass(250);
    expect(startAll()).toBe(0);
    // Three times as long as the refusals took.
    pass(50);
    expect(startAll()).toBe(15);
    expect(account.isTrying).toBe(false);
  });
});

describe("a server without room", () => {
  it("is asked on where it turns a call away now and then", () => {
    const { account, now } = setUp({ start: 64, max: 64 });
    for (let call = 0; call < 2_000; call++) {
      const startedAt = now();
      const isProbe = account.start(startedAt);
      const how: CallEnd = call % 40 === 0 ? "unavailable" : "answered";
      if (how === "unavailable") refuse(account, { startedAt, retryAfterMs: null, how });
      account.end({ startedAt, isProbe }, how);
      expect(account.mayStart(now())).toBe(true);
    }
    expect(account.concurrency.places).toBe(64);
  });

  it("is given half as many calls, after a pause, where it turns many away", () => {
    const { account, roundTrip, now } = setUp({ start: 64, max: 64 });
    roundTrip("unavailable");
    expect(account.concurrency.places).toBeLessThanOrEqual(32);
    expect(account.mayStart(now())).toBe(false);
    expect(account.isTrying).toBe(true);
  });

  it("is asked less and less while it turns every call away", () => {
    const { account, pass, roundTrip, now } = setUp({ start: 16, max: 16 });
    const waits: number[] = [];
    for (let trip = 0; trip < 6; trip++) {
      roundTrip("unavailable");
      waits.push(account.pausedUntil - now());
      pass(account.pausedUntil - now());
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000]);
  });

  it("is waited for where it says for how long", () => {
    const { account, now } = setUp({ start: 64, max: 64 });
    const startedAt = now();
    account.start(startedAt);
    refuse(account, { startedAt, retryAfterMs: 2_000, how: "unavailable" });
    account.end({ startedAt, isProbe: false }, "unavailable");
    expect(account.msUntilStart(now())).toBe(2_000);
    expect(account.concurrency.places).toBe(64);
  });
});

describe("a server that fails", () => {
  it("is left alone but for one call now and then, and used again when that is answered", () => {
    const { account, startAll, pass, roundTrip, now } = setUp({ start: 16, max: 16 });
    roundTrip("failed");
    expect(account.breaker.isOpen).toBe(true);
    const waits: number[] = [];
    for (let probe = 0; probe < 5; probe++) {
      const waitMs = account.msUntilStart(now()) ?? 0;
      waits.push(Math.round(waitMs));
      pass(waitMs);
      expect(startAll()).toBe(1);
      expect(account.msUntilStart(now())).toBeNull();
      roundTrip("failed");
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000]);
    expect(account.breaker.outageMs(now())).toBeGreaterThan(30_000);
    pass(15_000);
    roundTrip("answered");
    expect(account.breaker.isOpen).toBe(false);
    expect(startAll()).toBe(16);
  });

  it("is not one that fails a twentieth of its calls", () => {
    const { account, now } = setUp({ start: 8, max: 8 });
    for (let call = 0; call < 2_000; call++) {
      account.end({ startedAt: now(), isProbe: account.start(now()) }, call % 20 < 4 ? "failed" : "answered");
      expect(account.breaker.isOpen).toBe(false);
    }
  });
});
