import { APICallError } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import { createDeadline } from "./deadline.ts";
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
    [status(403), "fatal", "forbidden"],
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

describe("the deadline of a call", () => {
  it("is generous at first, then four times the 99th percentile, never below its floor, and doubles for a call that hung", () => {
    const deadline = createDeadline();
    expect(deadline.forTry(0)).toBe(60_000);
    for (let call = 0; call < 64; call++) deadline.observe(100);
    expect(deadline.forTry(0)).toBe(10_000);
    expect(deadline.forTry(2)).toBe(40_000);
    for (let call = 0; call < 512; call++) deadline.observe(5_000);
    expect(deadline.forTry(0)).toBe(20_000);
    expect(deadline.forTry(20)).toBe(600_000);
  });
});
