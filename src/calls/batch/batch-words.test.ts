import { expect, it } from "vitest";
import type { BatchStatus } from "../../models/index.ts";
import { describeBatches } from "./batch-words.ts";

function status(rawStatus: string, done: number, failed = 0): BatchStatus {
  const counts = { total: 1_500, done, failed };
  return {
    batchId: "b",
    phase: "running",
    rawStatus,
    counts,
    createdAt: null,
    expiresAt: null,
    errors: [],
    intentId: null,
  };
}

it("says how far the batches are, and when they are looked at again", () => {
  const now = 1_000_000;
  const facts = { calls: 1_500, trouble: null, nextLookAt: now + 15_000 };
  expect(describeBatches("api.openai.com", [], now)).toBe("");
  expect(describeBatches("api.openai.com", [{ ...facts, status: null }], now)).toBe(
    "1 batch at api.openai.com: 0 of 1,500 done (submitted), next look in 15 s",
  );
  const two = [
    { ...facts, status: status("in_progress", 1_190, 10) },
    { ...facts, status: status("validating", 0), nextLookAt: now + 42_000 },
  ];
  expect(describeBatches("api.openai.com", two, now)).toBe(
    "2 batches at api.openai.com: 1,200 of 3,000 done (1 in progress, 1 validating), next look in 15 s",
  );
});

it("says what is wrong, in one safe line", () => {
  const facts = { calls: 5, status: status("in_progress", 1), nextLookAt: null };
  expect(describeBatches("x", [{ ...facts, trouble: "503 \u001b[31mdown\nnow" }])).toBe(
    "1 batch at x: 1 of 5 done (in progress), the last look failed: 503 down⏎now, looking now",
  );
});
