import { APICallError } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import type { ModelDescription } from "../models/index.ts";
import { classifyFailure, type Failure } from "./failure.ts";
import { type FailedCall, judgeFailure } from "./retry-policy.ts";

const model = { name: "fake", origin: "http://fake", isLocal: false, keyEnv: null } as ModelDescription;

function failure(statusCode: number, headers: Record<string, string> = {}): Failure {
  const body = { url: "u", requestBodyValues: {}, responseBody: "", responseHeaders: headers };
  return classifyFailure(new APICallError({ message: "failed", statusCode, ...body }), { isTimedOut: false });
}

function judge(more: Partial<FailedCall>) {
  return judgeFailure({
    model,
    failure: failure(500),
    failures: 1,
    refusals: 0,
    hangs: 0,
    maxRetries: 8,
    ageMs: 1_000,
    answeredSince: 10,
    answeredInRun: 100,
    hadAnswered: true,
    outageMs: 0,
    isTail: false,
    givenUp: 0,
    random: () => 1,
    ...more,
  });
}

const stop = (words: string) => ({ stop: expect.objectContaining({ message: expect.stringContaining(words) }) });

it("a refusal of access is the row's own where others are answered, and the run's end where none is", () => {
  expect(judge({ failure: failure(403) })).toBe("row");
  expect(judge({ failure: failure(403), answeredInRun: 0 })).toHaveProperty("stop");
  expect(judge({ failure: failure(401) })).toHaveProperty("stop");
});

describe("a call that failed in a way that may pass", () => {
  it("is tried again after twice the time, up to its number of tries, and is then its row's failure", () => {
    expect([1, 2, 3].map((failures) => judge({ failures }))).toEqual([
      { retryInMs: 500 },
      { retryInMs: 1_000 },
      { retryInMs: 2_000 },
    ]);
    expect(judge({ failures: 9 })).toBe("row");
  });

  it("is not lost to an outage in the middle of a run, which ends after five minutes of it", () => {
    const down = { failures: 20, answeredSince: 0 };
    expect(judge({ ...down, outageMs: 60_000, ageMs: 60_000 })).toHaveProperty("retryInMs");
    expect(judge({ ...down, outageMs: 301_000 })).toEqual(stop("has answered nothing for 5 min"));
  });

  it("ends a run that never had an answer soon", () => {
    const none = { answeredSince: 0, answeredInRun: 0, hadAnswered: false };
    expect(judge({ ...none, failures: 4 })).toHaveProperty("retryInMs");
    expect(judge({ ...none, failures: 5 })).toEqual(stop("has answered nothing"));
    expect(judge({ ...none, outageMs: 11_000 })).toEqual(stop("has answered nothing"));
  });

  it("is its own row's fault where hardly any other is left and the server has answered before", () => {
    const last = { answeredSince: 0, answeredInRun: 0, isTail: true, failures: 9 };
    expect(judge(last)).toBe("row");
    expect(judge({ ...last, hadAnswered: false })).toEqual(stop("has answered nothing"));
  });

  it("is given up after four hangs, unless nobody is answered", () => {
    expect(judge({ hangs: 3, failures: 3 })).toHaveProperty("retryInMs");
    expect(judge({ hangs: 4, failures: 4 })).toBe("row");
    expect(judge({ hangs: 4, failures: 4, answeredSince: 0 })).toHaveProperty("retryInMs");
  });
});

describe("a refused call", () => {
  it("is tried again when the server says, and a little later", () => {
    expect(judge({ failure: failure(429, { "retry-after": "2" }), random: () => 0 })).toEqual({ retryInMs: 2_000 });
    expect(judge({ failure: failure(429, { "retry-after": "2" }) })).toEqual({ retryInMs: 2_250 });
  });

  it("waits for the end of a day's quota, and does not count that as a stall", () => {
    const verdict = judge({ failure: failure(429, { "retry-after": "7200" }), answeredSince: 0, ageMs: 3_600_000 });
    expect(verdict).toHaveProperty("retryInMs");
    expect((verdict as { retryInMs: number }).retryInMs).toBeGreaterThan(7_100_000);
  });

  it("ends a run in which nobody has been answered for ten minutes", () => {
    const refused = { failure: failure(429), refusals: 50 };
    expect(judge({ ...refused, ageMs: 700_000 })).toHaveProperty("retryInMs");
    expect(judge({ ...refused, ageMs: 700_000, answeredSince: 0 })).toEqual(stop("has answered nothing"));
  });
});
