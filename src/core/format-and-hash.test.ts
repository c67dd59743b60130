import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, formatUsd, toSafeLine } from "./format.ts";
import { canonicalJson, hashJson, unitHash } from "./hash.ts";

test("durations and dollars read as people say them", () => {
  expect([4.23, 75, 3599.7, 7300, Number.POSITIVE_INFINITY].map(formatDuration)).toEqual([
    "4.2 s",
    "1 min 15 s",
    "1 h 00 min",
    "2 h 01 min",
    "unknown",
  ]);
  expect([0, 0.00123, 0.5, 1234.5].map(formatUsd)).toEqual(["$0.00", "$0.0012", "$0.50", "$1,234.50"]);
});

test("foreign text cannot steer a terminal", () => {
  const hostile = "\u001b[2J\u001b]0;title\u0007a\r\nb\u202ec\u0000d\u009b31m";
  const safe = toSafeLine(hostile);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
  expect(safe).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(safe).toContain("a");
  expect(toSafeLine("x".repeat(1000), 10)).toBe(`${"x".repeat(9)}…`);
});

test("equal values have equal canonical JSON, however their keys are ordered", () => {
  expect(canonicalJson({ b: [1, { d: 2, c: undefined }], a: null })).toBe('{"a":null,"b":[1,{"d":2}]}');
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(hashJson(reversed as never)).toBe(hashJson(value as never));
    }),
  );
});

test("unit hashes are spread over [0, 1)", () => {
  const values = Array.from({ length: 2000 }, (_, index) => unitHash(`group ${index}`));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...values)).toBeLessThan(1);
  expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(0.5, 1);
});
