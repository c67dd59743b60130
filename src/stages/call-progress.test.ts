import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CallState } from "../calls/call-state.ts";
import type { ModelAnswer } from "../calls/index.ts";
import { BudgetError, CancelledError, createReporter } from "../core/index.ts";
import { createCallProgress, describeCallSummary } from "./call-progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp({ isLive = false, columns = 100 } = {}) {
  let written = "";
  const write = (text: string): boolean => {
    written += text;
    return true;
  };
  const stream = { write, columns } as unknown as NodeJS.WritableStream;
  const reporter = createReporter({ label: "generate", stream, isLive });
  const output = () => written;
  const forget = (): void => {
    written = "";
  };
  return { reporter, output, forget, lines: () => written.split("\n").filter(Boolean) };
}

const still: CallState = {
  answered: 0,
  failed: 0,
  fromLedger: 0,
  inFlight: 0,
  waiting: 0,
  promptTokens: 0,
  completionTokens: 0,
  costUsd: 0,
  budgetLeftUsd: null,
  limiter: "",
  batches: "",
  maybePaidTwice: 0,
};

function answerOf(row: number, more: Partial<ModelAnswer<number>> = {}): ModelAnswer<number> {
  return {
    tag: row,
    identity: row.toString(16).padStart(13, "0").padEnd(64, "0"),
    text: "An answer.",
    reasoning: null,
    finishReason: "stop",
    promptTokens: 100,
    completionTokens: 50,
    costUsd: 0.01,
    isFromLedger: false,
    tries: 1,
    latencyMs: 100,
    error: null,
    ...more,
  };
}

const failure = (code: string, message: string) => ({ text: null, costUsd: 0, error: { code, message } });

test("a line every five seconds says what is done, found, failed, in flight, and how fast, as key=value", () => {
  const { reporter, lines } = setUp();
  const progress = createCallProgress(reporter, { total: 1000 });
  let row = 0;
  const state = () => ({
    ...still,
    inFlight: 8,
    waiting: 2,
    promptTokens: row * 100,
    completionTokens: row * 50,
    budgetLeftUsd: 5 - row * 0.01,
    limiter: "at 94% of 500 requests/min",
  });
  progress.listeners.onState(state);
  for (let found = 0; found < 100; found++) progress.saw(answerOf(2000 + found, { isFromLedger: true, costUsd: 0 }));
  for (; row < 120; row++) {
    progress.saw(answerOf(row, row === 7 ? failure("bad_request", "no") : {}));
    vi.advanceTimersByTime(100);
  }
  progress.end();
  expect(lines().length).toBe(3);
  expect(lines()[1]).toMatch(
    /^generate: done=15\d total=1000 percent=15\.\d rate_per_second=10\.\d eta_seconds=8\d cost_usd=0\.5\d* bought=5\d found=100 failed=1 in_flight=8 waiting=2 tokens_per_second=15\d\d budget_left_usd=4\.\d+ limiter="at 94% of 500 requests\/min"$/,
  );
});

test("the rate and the time left are those of the last half minute, and what the ledger gave is no speed", () => {
  const { reporter } = setUp();
  const progress = createCallProgress(reporter, { total: 10_000 });
  progress.listeners.onState(() => ({ ...still, inFlight: 4 }));
  let row = 0;
  const pass = (seconds: number, perSecond: number): void => {
    for (let tick = 0; tick < seconds * 2; tick++) {
      for (let call = 0; call < perSecond / 2; call++) progress.saw(answerOf(row++));
      vi.advanceTimersByTime(500);
    }
  };
  for (let found = 0; found < 5000; found++) progress.saw(answerOf(20_000 + found, { isFromLedger: true }));
  pass(60, 50);
  expect(reporter.latest?.ratePerSecond).toBeCloseTo(50, -1);
  pass(40, 10);
  expect(reporter.latest?.ratePerSecond).toBeGreaterThan(9);
  expect(reporter.latest?.ratePerSecond).toBeLessThan(12);
  expect(reporter.latest?.etaSeconds).toBeCloseTo((10_000 - 5000 - row) / 10, -2);
  progress.end();
});

test("while nothing is on its way the wait is said, and no time left", () => {
  const { reporter, output } = setUp({ isLive: true });
  const progress = createCallProgress(reporter, { total: 100 });
  let state: CallState = { ...still, inFlight: 4 };
  progress.listeners.onState(() => state);
  for (let row = 0; row < 20; row++) {
    progress.saw(answerOf(row));
    vi.advanceTimersByTime(250);
  }
  expect(reporter.latest?.etaSeconds).toBeCloseTo(20, -1);
  state = { ...still, limiter: "the server asks to wait: goes on in 42 s", waiting: 3 };
  vi.advanceTimersByTime(1000);
  expect(reporter.latest?.etaSeconds).toBeNull();
  expect(reporter.latest?.detail).toBe("the server asks to wait: goes on in 42 s");
  expect(output()).toContain("goes on in 42 s");
  progress.end();
});

test("the cost is that of all runs, and an answer that serves two rows is paid once", () => {
  const { reporter } = setUp();
  const progress = createCallProgress(reporter, { total: 4 });
  progress.saw(answerOf(1, { isFromLedger: true, costUsd: 0.25 }));
  progress.saw(answerOf(2, { costUsd: 0.5 }));
  progress.saw(answerOf(2, { costUsd: 0.5, isFromLedger: true }));
  progress.saw(answerOf(3, failure("timeout", "no answer")));
  const summary = progress.end();
  expect(reporter.latest).toMatchObject({ done: 4, total: 4, costUsd: 0.75, detail: "1 failed" });
  expect(summary).toMatchObject({ bought: 1, found: 2, failed: 1, answersCostUsd: 0.75, costUsd: 0.5 });
});

test("the summary says what was bought, found and failed, why with an example, the use, and what may be paid twice", () => {
  const { reporter } = setUp();
  const progress = createCallProgress(reporter, { total: 10 });
  progress.listeners.onState(() => ({
    ...still,
    promptTokens: 1200,
    completionTokens: 3400,
    costUsd: 0.06,
    budgetLeftUsd: 4.5,
    maybePaidTwice: 2,
  }));
  progress.saw(answerOf(0, { isFromLedger: true, costUsd: 0.02 }));
  for (let row = 1; row < 7; row++) progress.saw(answerOf(row));
  progress.saw(answerOf(7, failure("timeout", "no answer in 30 s")));
  progress.saw(answerOf(8, failure("bad_request", "evil \u001b[2J\nprompt")));
  progress.saw(answerOf(9, failure("bad_request", "another")));
  vi.advanceTimersByTime(3000);
  expect(describeCallSummary(progress.end())).toEqual([
    "10 rows: 6 bought now, 1 found in the ledger, 3 failed",
    "3.0 s at 2.0 calls/s, 1,200 prompt and 3,400 completion tokens, $0.06 ($0.02 before), $4.50 of the budget left",
    "failed, bad_request: 2, e.g. evil ⏎prompt",
    "failed, timeout: 1, e.g. no answer in 30 s",
    "possibly paid twice: 2, in flight when a run was killed or a connection was cut (`nexa plan` says what is held for such calls)",
  ]);
});

test("several runs of calls after one another are one", () => {
  const { reporter } = setUp();
  const progress = createCallProgress(reporter, { total: 2, unit: "verdicts" });
  progress.listeners.onState(() => ({ ...still, promptTokens: 100, completionTokens: 10, costUsd: 1 }));
  progress.saw(answerOf(0));
  progress.expect(1);
  progress.listeners.onState(() => ({ ...still, promptTokens: 50, completionTokens: 5, costUsd: 0.5, inFlight: 3 }));
  progress.saw(answerOf(1));
  expect(progress.end()).toMatchObject({ wanted: 3, promptTokens: 150, completionTokens: 15, costUsd: 1.5 });
});

test("a run that the budget ends says how many rows it was enough for; another end keeps its error", () => {
  const { reporter, lines } = setUp();
  const progress = createCallProgress(reporter, { total: 6000 });
  for (let row = 0; row < 61; row++) progress.saw(answerOf(row));
  const ended = progress.explainEnd(new BudgetError("The budget of $0.61 would be passed", { hint: "Give more." }));
  expect(ended).toMatchObject({
    message: "The budget of $0.61 would be passed. 61 of 6,000 rows are answered, for $0.61",
    hint: "Give more.",
    exitCode: 5,
  });
  expect(lines()).toContainEqual("generate: 6,000 rows: 61 bought now, 5,939 not asked");
  const other = new CancelledError();
  expect(createCallProgress(reporter, { total: 1 }).explainEnd(other)).toBe(other);
});

test.each([40, 60, 100, 160])("the block fits %i columns", (columns) => {
  const { reporter, output, forget } = setUp({ isLive: true, columns });
  const progress = createCallProgress(reporter, { total: 1_000_000 });
  progress.listeners.onState(() => ({
    ...still,
    inFlight: 512,
    waiting: 37,
    promptTokens: 123_456_789,
    completionTokens: 1_234_567_890,
    costUsd: 1234.56,
    budgetLeftUsd: 8765.44,
    limiter: "at 94% of 500 requests/min",
    batches: "2 batches at the provider: 1,200 of 3,000 done",
  }));
  progress.saw(answerOf(1));
  forget();
  vi.advanceTimersByTime(500);
  const lines = stripVTControlCharacters(output()).split(/[\r\n]/);
  expect(lines.some((line) => line.includes("512 in flight"))).toBe(true);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
  progress.end();
});
