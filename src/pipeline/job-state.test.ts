import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Progress } from "../core/index.ts";
import {
  type ExitRecord,
  type ProgressRecord,
  requestStop,
  type WrapperRecord,
  writeRecord,
} from "../launchers/index.ts";
import { type JobRecord, jobFolder } from "./job-record.ts";
import { startJob } from "./job-recorder.ts";
import { deriveJobState, type JobEvidence, readJobState } from "./job-state.ts";

const now = Date.parse("2026-01-01T12:00:00.000Z");
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

const job: JobRecord = {
  stage: "train",
  session: "training",
  launchId: "l1",
  pid: 10,
  host: "here",
  startTicks: 1,
  startedAt: ago(600),
  state: "running",
  error: null,
};
const wrapper: WrapperRecord = {
  pid: 9,
  host: "here",
  startTicks: 1,
  name: "train",
  launcher: "tmux",
  session: "training-demo",
  tmuxSocket: null,
  childPid: 10,
  childStartTicks: 1,
  startedAt: ago(601),
};
const exit = (exitCode: number, signal: string | null = null): ExitRecord => ({
  exitCode,
  signal,
  startedAt: ago(601),
  endedAt: ago(1),
  pid: 10,
  host: "here",
});
const progress = (heartbeat: number, moved: number): ProgressRecord => ({
  done: 5,
  total: 10,
  ratePerSecond: 1,
  etaSeconds: 5,
  costUsd: 0,
  detail: "",
  heartbeatAt: ago(heartbeat),
  progressAt: ago(moved),
});
const nothing: JobEvidence = { job: null, wrapper: null, exit: null, progress: null, wasAskedToStop: false };
const everybody = [9, 10];

describe("the state of a job", () => {
  it.each<[string, Partial<JobEvidence>, readonly number[], string | null]>([
    ["never started", {}, [], null],
    ["its wrapper alone is there", { wrapper }, everybody, "waiting"],
    ["waits for its inputs", { wrapper, job: { ...job, state: "waiting" } }, everybody, "waiting"],
    [
      "waits for long",
      { wrapper, job: { ...job, state: "waiting" }, progress: progress(1, 900) },
      everybody,
      "waiting",
    ],
    ["works", { wrapper, job, progress: progress(1, 1) }, everybody, "running"],
    ["works, started by hand", { job, progress: progress(1, 1) }, [10], "running"],
    ["heartbeat, but no progress for three minutes", { job, progress: progress(1, 180) }, [10], "stalled"],
    ["there, but without a heartbeat for a minute", { job, progress: progress(60, 60) }, [10], "stalled"],
    ["ended well", { wrapper, job, exit: exit(0) }, [], "succeeded"],
    ["ended well, wrapper still closing", { wrapper, job, exit: exit(0) }, [9], "succeeded"],
    ["ended badly", { wrapper, job, exit: exit(4) }, [], "failed"],
    ["killed, its wrapper saw it", { wrapper, job, exit: exit(137, "SIGKILL") }, [], "failed"],
    ["cancelled", { wrapper, job, exit: exit(130) }, [], "stopped"],
    ["asked to stop, then killed", { wrapper, job, exit: exit(137, "SIGKILL"), wasAskedToStop: true }, [], "stopped"],
    ["asked to stop, but ended well", { wrapper, job, exit: exit(0), wasAskedToStop: true }, [], "succeeded"],
    ["ended, its wrapper is about to say how", { wrapper, job, progress: progress(1, 1) }, [9], "running"],
    ["gone without exit.json", { wrapper, job, progress: progress(1, 1) }, [], "lost"],
    [
      "asked to stop, then gone without exit.json",
      { job, progress: progress(1, 1), wasAskedToStop: true },
      [],
      "stopped",
    ],
    ["gone before it said anything", { wrapper }, [], "lost"],
  ])("%s", (_name, evidence, alive, expected) => {
    const isAlive = ({ pid }: { pid: number }) => alive.includes(pid);
    expect(deriveJobState("train", { ...nothing, ...evidence }, { now: () => now, isAlive }).state).toBe(expected);
  });

  it.each([
    [10, "running", true],
    [31, "lost", false],
  ] as const)("on another host, with a heartbeat %d s old, is %s", (age, expected, isThere) => {
    const evidence = { ...nothing, job, wrapper, progress: progress(age, age) };
    const state = deriveJobState("train", evidence, { now: () => now, isAlive: () => null });
    expect(state).toMatchObject({ state: expected, isAlive: isThere });
  });

  it("names the session as it really is, the stage's own pid, and the error that the stage itself gave", () => {
    const evidence = {
      ...nothing,
      wrapper,
      job: { ...job, error: "no rows" },
      exit: { ...exit(4), error: "last line" },
    };
    expect(deriveJobState("train", evidence)).toMatchObject({
      session: "training-demo",
      pid: 10,
      error: "no rows",
      exitCode: 4,
    });
    expect(deriveJobState("train", nothing)).toMatchObject({ session: "training", pid: null, error: null });
  });
});

describe("the record of a stage's process", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "nexa-job-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const start = (env: NodeJS.ProcessEnv = {}) =>
    startJob(dir, "filter", { session: "filtering", launchId: null, env, heartbeatMs: 20 });
  const at = (done: number): Progress => ({
    done,
    total: 4,
    ratePerSecond: null,
    etaSeconds: null,
    costUsd: 0.5,
    detail: "",
  });

  it("goes from waiting over running to succeeded", async () => {
    const recorder = await start();
    await recorder.setState("waiting");
    expect(await readJobState(dir, "filter")).toMatchObject({ state: "waiting", pid: process.pid, host: hostname() });
    await recorder.setState("running");
    recorder.progress(at(3));
    await recorder.end(0);
    const state = await readJobState(dir, "filter");
    expect(state).toMatchObject({
      state: "succeeded",
      exitCode: 0,
      error: null,
      progress: { done: 3, total: 4, costUsd: 0.5 },
    });
  });

  it("beats while nothing happens, and says when something last did", async () => {
    const recorder = await start();
    recorder.progress(at(1));
    await sleep(60);
    const before = (await readJobState(dir, "filter")).progress;
    await sleep(120);
    const after = (await readJobState(dir, "filter")).progress;
    expect(Date.parse(after?.heartbeatAt ?? "")).toBeGreaterThan(Date.parse(before?.heartbeatAt ?? ""));
    expect(after?.progressAt).toBe(before?.progressAt);
    await recorder.end(0);
  });

  it("begins as waiting in a launch, and as running by hand", async () => {
    for (const [launchId, expected] of [
      ["l1", "waiting"],
      [null, "running"],
    ] as const) {
      const recorder = await startJob(dir, "filter", { session: "filtering", launchId, env: {} });
      expect(await readJobState(dir, "filter")).toMatchObject({ state: expected, launchId });
      await recorder.end(0);
    }
  });

  it("keeps the error of a bad end, and a new start knows nothing of it", async () => {
    const recorder = await start();
    await recorder.fail("prompts.jsonl:3: the row is empty");
    await recorder.end(4);
    const failed = await readJobState(dir, "filter");
    expect(failed).toMatchObject({ state: "failed", exitCode: 4, error: "prompts.jsonl:3: the row is empty" });
    await requestStop(jobFolder(dir, "filter"));
    const again = await start();
    expect(await readJobState(dir, "filter")).toMatchObject({ state: "running", exitCode: null, error: null });
    await again.end(4);
    expect((await readJobState(dir, "filter")).state).toBe("failed");
  });

  it("leaves exit.json to the wrapper where there is one, and no drafts behind", async () => {
    const recorder = await start({ NEXA_WRAPPED: "1" });
    await recorder.end(0);
    expect((await readdir(jobFolder(dir, "filter"))).sort()).toEqual(["job.json", "progress.json"]);
  });

  it("is written in snake_case", async () => {
    const recorder = await start();
    await recorder.end(0);
    const read = async (name: string) =>
      Object.keys(JSON.parse(await readFile(join(jobFolder(dir, "filter"), name), "utf8")) as object);
    expect(await read("job.json")).toEqual([
      "stage",
      "session",
      "launch_id",
      "pid",
      "host",
      "start_ticks",
      "started_at",
      "state",
      "error",
    ]);
    expect(await read("progress.json")).toContain("heartbeat_at");
    expect(await read("exit.json")).toEqual(["exit_code", "signal", "started_at", "ended_at", "pid", "host"]);
  });

  it("is lost when its process is another one by now", async () => {
    const record = { ...job, stage: "filter", host: hostname(), pid: process.pid, startTicks: 1 };
    await writeRecord(join(jobFolder(dir, "filter"), "job.json"), record);
    expect((await readJobState(dir, "filter")).state).toBe("lost");
  });
});
