import { expect, test } from "vitest";
import { createReporter, type Progress } from "./reporter.ts";

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

test("without a terminal writes plain lines, at most one in five seconds", () => {
  const { reporter, output, pass } = setUp({ isLive: false });
  for (let done = 0; done <= 100; done++) {
    reporter.progress({ done, total: 100 });
    pass(100);
  }
  expect(output().split("\n").filter(Boolean)).toEqual([
    "generate: 0 / 100 (0.0%)",
    "generate: 50 / 100 (50.0%), 10.0/s, 5.0 s left",
    "generate: 100 / 100 (100.0%), 10.0/s",
  ]);
  expect(output()).not.toContain("\u001b");
});

test("a message of other people's making cannot steer the terminal", () => {
  const { reporter, output } = setUp({ isLive: false });
  reporter.warn("the file \u001b[2Jevil\u009b has no rows");
  expect(output()).toBe("generate: warning: the file evil\ufffd has no rows\n");
});

test("in a terminal redraws one line, and takes it away before a message", () => {
  const { reporter, output, pass } = setUp({ isLive: true });
  reporter.progress({ done: 1, total: 2, detail: "x".repeat(200) });
  pass(1000);
  reporter.info("hello");
  reporter.progress({ done: 2, total: 2 });
  reporter.end();
  const lines = output().split("\r\u001b[2K");
  expect(lines).toHaveLength(4);
  expect(lines[1]?.length).toBeLessThan(60);
  expect(lines[2]).toBe("generate: hello\n");
  expect(output().endsWith("\n")).toBe(true);
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
  expect(output()).toContain("0 / 0 (100%)");
  expect(setUp({ isLive: false }).reporter.latest).toBeNull();
});
