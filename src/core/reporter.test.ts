import { expect, test } from "vitest";
import type { Progress } from "./progress.ts";
import { createReporter } from "./reporter.ts";

function setUp(options: { isLive: boolean }) {
  let written = "";
  let time = 0;
  const told: Progress[] = [];
  const stream = {
    write: (text: string) => {
      written += text;
      return true;
    },
    columns: 60,
  } as unknown as NodeJS.WritableStream;
  const reporter = createReporter({
    label: "generate",
    stream,
    isLive: options.isLive,
    now: () => time,
    onProgress: (progress) => told.push(progress),
  });
  return { reporter, told, output: () => written, pass: (ms: number) => (time += ms) };
}

test("says rate and time left, measured over this run alone", () => {
  const { reporter, pass } = setUp({ isLive: false });
  reporter.progress({ done: 500, total: 1000 });
  pass(10_000);
  reporter.progress({ done: 600, total: 1000, costUsd: 0.25, detail: "busy" });
  expect(reporter.latest).toEqual({
    done: 600,
    total: 1000,
    ratePerSecond: 10,
    etaSeconds: 40,
    costUsd: 0.25,
    detail: "busy",
  });
});

test("without a terminal writes lines of key=value, at most one in five seconds", () => {
  const { reporter, output, pass } = setUp({ isLive: false });
  for (let done = 0; done <= 100; done++) {
    reporter.progress({ done, total: 100 });
    pass(100);
  }
  expect(output().split("\n").filter(Boolean)).toEqual([
    "generate: done=0 total=100 percent=0.0",
    "generate: done=50 total=100 percent=50.0 rate_per_second=10.0 eta_seconds=5",
    "generate: done=100 total=100 percent=100.0 rate_per_second=10.0",
  ]);
  expect(output()).not.toContain("\u001b");
});

test("a message of other people's making cannot steer the terminal", () => {
  const { reporter, output } = setUp({ isLive: false });
  reporter.warn("the file \u001b[2Jevil\u009b has no rows");
  expect(output()).toBe("generate: warning: the file evil\ufffd has no rows\n");
});

test("without a terminal a value with spaces is quoted, and the notes of a terminal's block are left out", () => {
  const { reporter, output } = setUp({ isLive: false });
  const fields = { in_flight: 64, limiter: 'at 94% of 500 requests/min; a "word"\u001b[2J\n' };
  reporter.progress({ done: 1, total: 2, costUsd: 0.012345, notes: ["  a note"], fields });
  expect(output()).toBe(
    'generate: done=1 total=2 percent=50.0 cost_usd=0.01235 in_flight=64 limiter="at 94% of 500 requests/min; a \\"word\\"⏎"\n',
  );
});

test("in a terminal draws one block over itself, and takes it away before a message", () => {
  const { reporter, output, pass } = setUp({ isLive: true });
  reporter.progress({ done: 1, total: 2, detail: "x".repeat(200) });
  expect(output()).toHaveLength(1 + 59 + "\u001b[K\u001b[J".length);
  pass(1000);
  reporter.info("hello");
  expect(output().endsWith("\r\u001b[Jgenerate: hello\n")).toBe(true);
  reporter.progress({ done: 2, total: 2, detail: "left out", notes: ["  3 wait after 429"] });
  expect(output()).toContain("generate: 2 / 2 (100.0%), 1.0/s\u001b[K\n  3 wait after 429");
  reporter.end();
  expect(output().endsWith("\n")).toBe(true);
});

test("a stage that knows better says its own rate and time left", () => {
  const { reporter, pass } = setUp({ isLive: false });
  reporter.progress({ done: 0, total: 1000 });
  pass(1000);
  reporter.progress({ done: 900, total: 1000, ratePerSecond: 2, etaSeconds: 50 });
  expect(reporter.latest).toMatchObject({ ratePerSecond: 2, etaSeconds: 50 });
  reporter.progress({ done: 900, total: 1000, ratePerSecond: 2, etaSeconds: null });
  expect(reporter.latest).toMatchObject({ ratePerSecond: 2, etaSeconds: null });
});

test("tells of progress at most twice a second, and of the last at the end", () => {
  const { reporter, told, pass } = setUp({ isLive: false });
  for (let done = 0; done <= 20; done++) {
    reporter.progress({ done, total: 100 });
    pass(50);
  }
  reporter.end();
  expect(told.map(({ done }) => done)).toEqual([0, 10, 20, 20]);
});

test("a total of nothing is finished, an unknown one has no share", () => {
  const { reporter, output } = setUp({ isLive: false });
  reporter.progress({ done: 0, total: 0 });
  expect(output()).toContain("done=0 total=0 percent=100.0");
  expect(setUp({ isLive: false }).reporter.latest).toBeNull();
});
