import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { formatCommand } from "./command-line.ts";
import type { JobState } from "./job-state.ts";
import { createLineView, createTableView, type ViewStream } from "./live-view.ts";
import { describeNextSteps } from "./next-steps.ts";
import { composeStatus, type PipelineStatus, type StageStatus, statusToJson } from "./status.ts";
import { formatStatusTable } from "./status-table.ts";

const never: JobState = {
  state: null,
  isAlive: false,
  isStarting: false,
  launchId: null,
  session: "filtering",
  pid: null,
  host: null,
  startedAt: null,
  endedAt: null,
  exitCode: null,
  signal: null,
  error: null,
  hint: null,
  progress: null,
};
const sealed = { startedAt: "2026-01-01T10:00:00.000Z", endedAt: "2026-01-01T10:05:00.000Z", rows: 70, costUsd: 1.5 };
const earlier = "2026-01-01T09:00:00.000Z";
const later = "2026-01-01T11:00:00.000Z";

describe("the status of a stage", () => {
  it.each<[string, Partial<JobState>, boolean, string]>([
    ["never started, not made", {}, false, "waiting"],
    ["made elsewhere, never started here", {}, true, "succeeded"],
    ["ended well, made", { state: "succeeded", startedAt: earlier }, true, "succeeded"],
    ["ended well, found it done", { state: "succeeded", startedAt: later }, true, "succeeded"],
    ["ended well, but its output is gone", { state: "succeeded", startedAt: earlier }, false, "waiting"],
    ["works again, an older output is there", { state: "running", isAlive: true, startedAt: later }, true, "running"],
    ["failed after an older output was made", { state: "failed", startedAt: later }, true, "failed"],
    ["lost after it had made its output", { state: "lost", startedAt: earlier }, true, "succeeded"],
    ["lost without output", { state: "lost", startedAt: earlier }, false, "lost"],
  ])("%s", (_name, job, isSealed, expected) => {
    expect(composeStatus("filter", { ...never, ...job }, isSealed ? sealed : null).state).toBe(expected);
  });

  it("takes rows, cost and times from the manifest where there was no job", () => {
    expect(composeStatus("filter", never, sealed)).toMatchObject({
      progress: { done: 70, total: 70 },
      costUsd: 1.5,
      startedAt: sealed.startedAt,
      endedAt: sealed.endedAt,
    });
  });
});

const stage = (about: Partial<StageStatus>): StageStatus => ({
  ...composeStatus("filter", never, null),
  ...about,
});
const status: PipelineStatus = {
  project: "/srv/demo",
  stages: [
    stage({
      name: "generate",
      session: "data_gen",
      state: "succeeded",
      progress: { done: 6000, total: 6000 },
      costUsd: 1.25,
    }),
    stage({
      name: "filter",
      state: "running",
      progress: { done: 1200, total: 6000 },
      ratePerSecond: 431.2,
      etaSeconds: 11,
      detail: "judge",
    }),
    stage({
      name: "train",
      session: "training",
      state: "failed",
      exitCode: 4,
      error: "data.jsonl:3: \u001b[31mthe row is empty",
    }),
  ],
};

describe("the table", () => {
  it("is aligned and says what is known", () => {
    expect(formatStatusTable(status, { width: 120, hasColor: false })).toEqual([
      "stage     state                progress   rate  left   cost  session",
      "generate  succeeded  6,000 / 6,000 100%               $1.25  data_gen",
      "filter    running    1,200 / 6,000  20%  431/s  11 s  $0.00  filtering  judge",
      "train     failed                                      $0.00  training   data.jsonl:3: the row is empty",
    ]);
  });

  it.each([20, 30, 40, 50, 60, 70, 80, 100, 200])("fits %d columns, and always has stage and state", (width) => {
    for (const hasColor of [true, false]) {
      const lines = formatStatusTable(status, { width, hasColor }).map((line) => stripVTControlCharacters(line));
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      expect(lines[2]).toMatch(/^filter +running/);
    }
  });

  it("has no escape sequences without colour", () => {
    expect(formatStatusTable(status, { width: 200, hasColor: false }).join("")).not.toContain("\u001b");
  });
});

it("says what the failed stage itself advises, and nothing of those that were stopped because of it", () => {
  const failed = stage({
    name: "generate",
    state: "failed",
    exitCode: 5,
    error: "too dear",
    hint: "Give a higher --budget.",
  });
  const steps = describeNextSteps({ project: "/p", stages: [failed, stage({ name: "filter", state: "stopped" })] });
  expect(steps).toEqual([expect.stringContaining("too dear. Give a higher --budget. See `")]);
  const stopped = ["generate", "filter"].map((name) => stage({ name: name as StageStatus["name"], state: "stopped" }));
  expect(describeNextSteps({ project: "/p", stages: stopped })).toHaveLength(1);
});

it("says what to do next about what needs it, with the project's folder", () => {
  const steps = describeNextSteps(status);
  expect(steps).toHaveLength(1);
  expect(steps[0]).toContain("train: failed (exit code 4): data.jsonl:3: the row is empty. See `");
  expect(steps[0]).toContain("demo logs train`");
});

it.each([
  [{ projectDir: "/p/demo", cwd: "/p/demo", program: "/usr/bin/nexa" }, "nexa launch"],
  [{ projectDir: "/p/demo", cwd: "/p", program: "/usr/bin/nexa" }, "nexa -C demo launch"],
  [{ projectDir: "/p/my demo", cwd: "/p", program: "/usr/bin/nexa" }, "nexa -C 'my demo' launch"],
  [{ projectDir: "/p", cwd: "/p", program: "/p/bin/nexa.js" }, "npx nexa launch"],
  [{ projectDir: "/home/p/demo", cwd: "/home/p/demo", program: "/home/p/bin/nexa.js" }, "node ../bin/nexa.js launch"],
  [{ projectDir: "/p", cwd: "/p", program: "/p/node_modules/.bin/nexa" }, "npx nexa launch"],
  [{ projectDir: "/p", cwd: "/p", program: "/h/.npm/_npx/1a/node_modules/.bin/nexa" }, "npx nexa launch"],
])("a command that can be typed as it stands: %o", (context, expected) => {
  expect(formatCommand("launch", context)).toBe(expected);
});

it("has exactly the agreed shape as JSON", () => {
  expect(Object.keys(statusToJson(status))).toEqual(["project", "stages"]);
  expect(statusToJson(status).stages[1]).toEqual({
    name: "filter",
    session: "filtering",
    state: "running",
    progress: { done: 1200, total: 6000 },
    rate_per_second: 431.2,
    eta_seconds: 11,
    cost_usd: 0,
    pid: null,
    host: null,
    started_at: null,
    ended_at: null,
    exit_code: null,
    error: null,
  });
});

describe("the live view", () => {
  it("says a state once without a terminal, and progress every ten seconds", () => {
    let time = 0;
    const { stream, text } = fakeStream({});
    const view = createLineView(stream, { now: () => time });
    for (time = 0; time <= 25_000; time += 1_000) view.show(status);
    const lines = text().trimEnd().split("\n");
    expect(lines.filter((line) => line.includes("stage=filter state=running session="))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("progress=1,200/6,000 rate=431.2/s"))).toHaveLength(2);
    expect(text()).not.toContain("\u001b");
  });

  it("draws over its own lines in one write, and nothing when nothing changed", () => {
    const { stream, writes } = fakeStream({ isTTY: true, columns: 100, rows: 30 });
    const view = createTableView(stream);
    view.show(status);
    view.show(status);
    view.show({ ...status, stages: status.stages.slice(0, 2) });
    expect(writes).toHaveLength(2);
    const height = (writes[0]?.match(/\n/g) ?? []).length;
    expect(writes[1]).toContain(`\u001b[${height}A`);
    expect(writes[1]?.endsWith("\u001b[J")).toBe(true);
    view.end();
    expect(writes.at(-1)).toBe("\u001b[?25h");
  });

  it("stays within a small terminal", () => {
    const { stream, writes } = fakeStream({ isTTY: true, columns: 40, rows: 6 });
    createTableView(stream).show(status);
    const lines = stripVTControlCharacters(writes[0] ?? "")
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeLessThanOrEqual(4);
    for (const line of lines) expect(line.length).toBeLessThan(40);
  });
});

function fakeStream(about: { isTTY?: boolean; columns?: number; rows?: number }) {
  const writes: string[] = [];
  const stream = { ...about, write: (text: string) => writes.push(text) > 0 } as unknown as ViewStream;
  return { stream, writes, text: () => writes.join("") };
}
