import { APICallError, JSONParseError, UnsupportedFunctionalityError } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import { classifyFailure } from "./failure.ts";
import { readRetryAfterMs } from "./retry-after.ts";

function status(statusCode: number, error?: object, responseHeaders: Record<string, string> = {}): APICallError {
  const responseBody = error === undefined ? "" : JSON.stringify({ error });
  return new APICallError({
    message: `HTTP ${statusCode}`,
    url: "u",
    requestBodyValues: {},
    statusCode,
    responseBody,
    responseHeaders,
  });
}

function network(code: string): Error {
  const cause = Object.assign(new Error(code), { code });
  return new APICallError({
    message: `Cannot connect to API: ${code}`,
    url: "u",
    requestBodyValues: {},
    cause,
    isRetryable: true,
  });
}

describe("a failure", () => {
  it.each([
    [status(401), "fatal", "bad_key"],
    // Google's answer to a wrong key, Anthropic's to an empty account.
    [status(400, { message: "API key not valid", details: [{ reason: "API_KEY_INVALID" }] }), "fatal", "bad_key"],
    [status(400, { message: "Your credit balance is too low to access" }), "fatal", "insufficient_quota"],
    [status(403), "fatal", "forbidden"],
    // OpenRouter's answer to a prompt that a moderator does not let through.
    [status(403, { message: "Your input was flagged" }), "row", "content_filter"],
    [status(404), "fatal", "not_found"],
    [status(301), "fatal", "redirect"],
    [status(402), "fatal", "insufficient_quota"],
    [status(429, { message: "You exceeded", code: "insufficient_quota" }), "fatal", "insufficient_quota"],
    [status(429, { message: "Rate limit", code: "rate_limit_exceeded" }), "refused", "rate_limited"],
    [status(429, { message: "Request too large for gpt-4o" }), "row", "request_too_large"],
    [status(503), "refused", "overloaded"],
    [status(529), "refused", "overloaded"],
    [status(500), "passing", "server_error"],
    [status(408), "passing", "server_error"],
    [status(400, { message: "bad", code: "content_filter" }), "row", "content_filter"],
    [status(400), "row", "bad_request"],
    [status(422), "row", "bad_request"],
    [status(200), "passing", "bad_body"],
    [network("ECONNREFUSED"), "passing", "unreachable"],
    [network("ENOTFOUND"), "passing", "unreachable"],
    [network("ENETDOWN"), "passing", "unreachable"],
    [network("EMFILE"), "passing", "unreachable"],
    [network("ECONNRESET"), "passing", "connection_lost"],
    [network("UND_ERR_SOCKET"), "passing", "connection_lost"],
    [network("CERT_HAS_EXPIRED"), "fatal", "bad_certificate"],
    [network("UND_ERR_INVALID_ARG"), "bug", "bug"],
    [new UnsupportedFunctionalityError({ functionality: "a schema" }), "row", "bad_request"],
    [new JSONParseError({ text: "{", cause: null }), "passing", "bad_body"],
    [new TypeError("undefined is not a function"), "bug", "bug"],
  ])("%s is %s: %s", (error, kind, code) => {
    expect(classifyFailure(error, { isTimedOut: false })).toMatchObject({ kind, code });
  });

  it("may have been charged where the work may have been done", () => {
    const isMaybeCharged = (error: unknown, isTimedOut = false) =>
      classifyFailure(error, { isTimedOut }).isMaybeCharged;
    expect([network("ECONNRESET"), status(200)].map((error) => isMaybeCharged(error))).toEqual([true, true]);
    expect(isMaybeCharged(new Error("aborted"), true)).toBe(true);
    expect(
      [network("ECONNREFUSED"), status(500), status(429), status(400)].map((error) => isMaybeCharged(error)),
    ).toEqual([false, false, false, false]);
  });

  it("keeps the provider's words, made safe for a terminal", () => {
    expect(classifyFailure(status(400, { message: "no \u001b[31mred\nhere" }), { isTimedOut: false }).message).toBe(
      "400 no red⏎here",
    );
  });
});

describe("retry-after", () => {
  it.each([
    [{ "retry-after-ms": "12.5", "retry-after": "9" }, 12.5],
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": "Thu, 01 Jan 1970 00:00:08 GMT" }, 3000],
    [{ "retry-after": "Thu, 01 Jan 1970 00:00:01 GMT" }, 0],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after": "-5" }, null],
    [{}, null],
    [undefined, null],
  ])("%o is %s ms", (headers, expected) => {
    expect(readRetryAfterMs(headers as Record<string, string> | undefined, 5000)).toBe(expected);
  });
});

describe("a refusal for rate", () => {
  const now = Date.now();
  const google = (quotaId: string, retryDelay: string, quotaValue?: string) =>
    status(429, {
      message: "You exceeded your current quota",
      status: "RESOURCE_EXHAUSTED",
      details: [
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId, quotaValue }] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay },
      ],
    });
  const read = (error: unknown) => classifyFailure(error, { isTimedOut: false });

  it("by Google says in its body when to come back, and the limit", () => {
    const { retryAfterMs, refusal } = read(google("GenerateRequestsPerMinutePerProjectPerModel", "18.5s", "15"));
    expect(retryAfterMs).toBe(18_500);
    expect(refusal).toMatchObject({
      quotaEndsAt: null,
      readings: [{ kind: "requests", limit: 15, windowMs: 60_000 }],
    });
  });

  it("by Google for the day ends at midnight in California, whatever its retryDelay says", () => {
    const { refusal } = read(google("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "18s"));
    const end = new Date(refusal?.quotaEndsAt ?? 0);
    expect(end.toLocaleTimeString("en-US", { timeZone: "America/Los_Angeles", hourCycle: "h23" })).toBe("00:00:00");
    expect(end.getTime() - now).toBeGreaterThan(0);
    expect(end.getTime() - now).toBeLessThan(25 * 3_600_000);
  });

  it("by OpenRouter has its headers in the body", () => {
    const headers = { "X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": String(now + 7e6) };
    const { refusal } = read(
      status(429, { message: "Rate limit exceeded: free-models-per-day", code: 429, metadata: { headers } }),
    );
    expect(Math.abs((refusal?.quotaEndsAt ?? 0) - now - 7e6)).toBeLessThan(5_000);
  });

  it("is the end of a quota where its wait is hours, or its day is named", () => {
    expect(read(status(429, { message: "slow down" }, { "retry-after": "7200" })).refusal?.quotaEndsAt).toBeGreaterThan(
      now + 7e6,
    );
    expect(read(status(429, { message: "slow down" }, { "retry-after": "20" })).refusal?.quotaEndsAt).toBeNull();
    const unsaid = read(status(429, { message: "Rate limit reached on requests per day (RPD)" })).refusal?.quotaEndsAt;
    expect(new Date(unsaid ?? 1).getUTCHours()).toBe(0);
  });

  it("is too many at once where it says so, and no allowance at all where the limit is 0", () => {
    expect(read(status(429, { message: "Too many concurrent requests" }))).toMatchObject({
      kind: "refused",
      code: "overloaded",
    });
    const headers = { "x-ratelimit-limit-req-minute": "0" };
    expect(read(status(429, { message: "Rate limit exceeded" }, headers))).toMatchObject({ kind: "fatal" });
  });
});
