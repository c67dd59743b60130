import { spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, fixtureProgram, type Sandbox } from "../../test/fixtures/jobs/fixture-project.ts";
import { loadProject } from "../config/index.ts";
import { isProcessAlive } from "../core/index.ts";
import { createTmux, listSessions, readWrapper } from "../launchers/index.ts";
import { type StageName, sessionNames, stageNames } from "../stages/stage.ts";
import { findSession } from "./attach.ts";
import { jobFolder } from "./job-record.ts";
import { readJobState } from "./job-state.ts";
import { showLogs } from "./logs.ts";
import { collectStatus } from "./status.ts";
import { stopStages } from "./stop.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

/** A launch as a process of its own. */
function launch(dir: string, ...words: string[]) {
  const child = spawn(process.execPath, [fixtureProgram("launch-fixture.ts"), dir, ...words], {
    env: sandbox.env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<{ exitCode: number | null; text: string }>((resolve) =>
    child.on("close", (exitCode) => resolve({ exitCode, text })),
  );
  return { child, ended, says: (words: string) => waitFor(async () => (text.includes(words) ? true : null)) };
}

const starts = async (dir: string): Promise<string[]> =>
  (await readFile(join(dir, "starts.txt"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
const states = async (dir: string) =>
  Promise.all(stageNames.map(async (stage) => (await readJobState(dir, stage)).state));
const reach = (dir: string, stage: StageName, state: string) =>
  waitFor(async () => ((await readJobState(dir, stage)).state === state ? true : null));

describe.each(["tmux", "foreground"])("launch with %s", (launcher) => {
  const words = launcher === "foreground" ? ["foreground"] : [];

  it("runs the five stages in order, ends with the summary, and has nothing to do the second time", async () => {
    const dir = await sandbox.makeProject("demo");
    const first = await launch(dir, ...words).ended;
    expect(first.text).toContain("the summary");
    expect(first.exitCode).toBe(0);
    expect(first.text).toContain("OFFLINE teacher: nexa:bench-science");
    const { stages } = await collectStatus(await loadProject({ dir }));
    expect(stages.map(({ state }) => state)).toEqual(Array(5).fill("succeeded"));
    const times = await Promise.all(stageNames.map((stage) => readJobState(dir, stage)));
    const endings = times.map(({ endedAt }) => Date.parse(endedAt ?? ""));
    expect(endings).toEqual([...endings].sort((a, b) => a - b));
    for (const stage of stageNames)
      expect(await readFile(join(dir, `logs/${sessionNames[stage]}.log`), "utf8")).toContain("ended well");
    const second = await launch(dir, ...words).ended;
    expect(second).toMatchObject({ exitCode: 0 });
    expect(second.text).toContain("nothing to do, everything is done");
    expect(second.text).toContain("the summary");
    expect(await starts(dir)).toHaveLength(5);
  });

  it("ends with the first bad stage's exit code, error and log, and goes on from there", async () => {
    const dir = await sandbox.makeProject("demo", { filter: { error: "row 3 has no answer" } });
    const first = await launch(dir, ...words).ended;
    expect(first.exitCode).toBe(4);
    expect(first.text).toContain("filter failed (exit code 4): filter.txt: row 3 has no answer");
    expect(first.text).toContain(join(dir, "logs/filtering.log"));
    expect(first.text).not.toContain("the summary");
    expect(await states(dir)).toEqual(["succeeded", "failed", "stopped", "stopped", "stopped"]);
    expect((await readJobState(dir, "train")).error).toMatch(/^Not started: .*nexa package/);
    await writeFile(join(dir, "behaviour.json"), "{}");
    const second = await launch(dir, ...words).ended;
    expect(second).toMatchObject({ exitCode: 0 });
    expect(second.text).toContain("done already: generate");
    expect((await starts(dir)).filter((stage) => stage === "generate")).toHaveLength(1);
  });

  it("ends the stages when it is killed itself or leaves them, as the launcher promises", async () => {
    const dir = await sandbox.makeProject("demo", { generate: { steps: 100, stepMs: 50 } });
    const run = launch(dir, ...words);
    await reach(dir, "generate", "running");
    run.child.kill("SIGKILL");
    if (launcher === "foreground") {
      await waitFor(async () => ((await states(dir)).every((state) => state === "lost") ? true : null));
    } else {
      await sleep(500);
      expect((await states(dir))[0]).toBe("running");
      await stopStages(dir);
    }
    await writeFile(join(dir, "behaviour.json"), "{}");
    expect(await launch(dir, ...words).ended).toMatchObject({ exitCode: 0 });
  });
});

describe("launch", () => {
  const slow = { generate: { steps: 200, stepMs: 50 } };

  it("leaves the sessions running on Ctrl-C, says how to come back, and joins them again", async () => {
    const dir = await sandbox.makeProject("demo", { generate: { steps: 40, stepMs: 50 } });
    const first = launch(dir);
    await reach(dir, "generate", "running");
    first.child.kill("SIGINT");
    const { exitCode, text } = await first.ended;
    expect(exitCode).toBe(130);
    expect(text).toContain("status --watch");
    const second = await launch(dir).ended;
    expect(second.exitCode).toBe(0);
    expect(second.text).toContain("running already, left as it is: generate, filter, package, train, evaluate");
    expect(await starts(dir)).toHaveLength(5);
  });

  it("stops the stages of the foreground in order on Ctrl-C", async () => {
    const dir = await sandbox.makeProject("demo", slow);
    const run = launch(dir, "foreground");
    await reach(dir, "generate", "running");
    run.child.kill("SIGINT");
    const { exitCode, text } = await run.ended;
    expect(exitCode).toBe(130);
    expect(text).toContain("generate stopped (exit code 130)");
    expect(await states(dir)).toEqual(Array(5).fill("stopped"));
  });

  it("says which settings of the last launch hold no longer, and how to launch with them again", async () => {
    const dir = await sandbox.makeProject("demo", { filter: { error: "row 3 has no answer" } });
    const first = await launch(dir, "set:batch_size=3").ended;
    expect(first.text).toContain("launch --set batch_size=3` starts it again");
    await writeFile(join(dir, "behaviour.json"), "{}");
    expect((await launch(dir).ended).text).toMatch(/hold no longer, .*: batch_size=3\n/);
  });

  it.each([
    ["run", slow],
    ["still load", Object.fromEntries(stageNames.map((stage) => [stage, { loadMs: 5_000 }]))],
  ])("returns at once with --detach, and refuses other settings while its stages %s", async (_when, behaviour) => {
    const dir = await sandbox.makeProject("demo", behaviour);
    expect(await launch(dir, "detach").ended).toMatchObject({ exitCode: 0 });
    if (behaviour === slow) await reach(dir, "generate", "running");
    const other = await launch(dir, "set:batch_size=3").ended;
    expect(other.exitCode).toBe(2);
    expect(other.text).toContain("still runs with other settings");
    await stopStages(dir);
  });

  it("only watches when another launch is at work", async () => {
    const dir = await sandbox.makeProject("demo", { generate: { steps: 40, stepMs: 50 } });
    const first = launch(dir);
    await reach(dir, "generate", "running");
    const second = launch(dir);
    await second.says("this one only watches");
    const ends = await Promise.all([first.ended, second.ended]);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await starts(dir)).toHaveLength(5);
  });

  it("says that a stage is lost when its wrapper is killed, and the stages after it do not start", async () => {
    const dir = await sandbox.makeProject("demo", slow);
    const run = launch(dir);
    await reach(dir, "generate", "running");
    const wrapper = await readWrapper(jobFolder(dir, "generate"));
    process.kill(wrapper?.pid ?? 0, "SIGKILL");
    const { exitCode, text } = await run.ended;
    expect(exitCode).toBe(4);
    expect(text).toContain("generate is lost");
    expect(await states(dir)).toEqual(["lost", "stopped", "stopped", "stopped", "stopped"]);
  });

  it("says that a stage was killed when its own process is", async () => {
    const dir = await sandbox.makeProject("demo", slow);
    const run = launch(dir);
    await reach(dir, "generate", "running");
    const { pid } = await readJobState(dir, "generate");
    process.kill(pid ?? 0, "SIGKILL");
    expect((await run.ended).exitCode).toBe(4);
    expect(await readJobState(dir, "generate")).toMatchObject({
      state: "failed",
      signal: "SIGKILL",
      exitCode: 137,
      pid,
    });
  });

  it("carries on after the whole tmux server is gone", async () => {
    const dir = await sandbox.makeProject("demo", { filter: { steps: 200, stepMs: 50 } });
    const run = launch(dir);
    await reach(dir, "filter", "running");
    await createTmux({ env: sandbox.env }).run("kill-server");
    expect((await run.ended).exitCode).not.toBe(0);
    await writeFile(join(dir, "behaviour.json"), "{}");
    expect(await launch(dir).ended).toMatchObject({ exitCode: 0 });
    expect((await starts(dir)).filter((stage) => stage === "generate")).toHaveLength(1);
  });

  it("runs a part of the pipeline, refuses one without input, and makes a stage again", async () => {
    const dir = await sandbox.makeProject("demo");
    const early = await launch(dir, "from=train").ended;
    expect(early.exitCode).toBe(4);
    expect(early.text).toContain("train needs what `nexa package` makes");
    expect(await launch(dir, "until=filter").ended).toMatchObject({ exitCode: 0 });
    expect(await starts(dir)).toEqual(["generate", "filter"]);
    expect(await launch(dir, "from=package", "until=generate").ended).toMatchObject({ exitCode: 2 });
    expect(await launch(dir, "until=filter", "restart=filter").ended).toMatchObject({ exitCode: 0 });
    expect(await starts(dir)).toEqual(["generate", "filter", "filter"]);
  });

  it("keeps two projects on one tmux server apart", async () => {
    const [one, two] = [await sandbox.makeProject("one", slow), await sandbox.makeProject("two", slow)];
    await launch(one, "detach").ended;
    await launch(two, "detach").ended;
    const sessions = await listSessions(createTmux({ env: sandbox.env }));
    expect(sessions.get("data_gen")).toBe(one);
    expect(sessions.get("data_gen-two")).toBe(two);
    expect((await readJobState(two, "generate")).session).toBe("data_gen-two");
    expect((await findSession(two, "generate", { env: sandbox.env })).argv).toContain("=data_gen-two");
    await stopStages(one);
    await reach(two, "generate", "running");
    await stopStages(two);
    await expect(findSession(join(sandbox.dir, "three"), "generate", { env: sandbox.env })).rejects.toThrow(
      "has no session",
    );
  });
});

describe("stop", () => {
  it("ends one stage in order, and those that wait for it, but not what is not there", async () => {
    const dir = await sandbox.makeProject("demo", { generate: { steps: 200, stepMs: 50 } });
    await launch(dir, "detach").ended;
    await reach(dir, "generate", "running");
    await reach(dir, "evaluate", "waiting");
    const pids = await Promise.all(
      stageNames.map(async (stage) => (await readWrapper(jobFolder(dir, stage)))?.childPid ?? 0),
    );
    const order: string[] = [];
    await stopStages(dir, { stage: "generate", onOutcome: (stage, outcome) => void order.push(`${stage} ${outcome}`) });
    expect(order).toEqual(["evaluate ended", "train ended", "package ended", "filter ended", "generate ended"]);
    expect(await states(dir)).toEqual(Array(5).fill("stopped"));
    const { host } = await readJobState(dir, "generate");
    for (const pid of pids) expect(isProcessAlive({ pid, host: host ?? "", startTicks: null })).toBe(false);
    expect((await stopStages(dir)).size).toBe(0);
  });
});

describe("logs", () => {
  it("shows the last lines over rotated files, and follows until the stage ends", async () => {
    const dir = await sandbox.makeProject("demo", { generate: { steps: 20, stepMs: 50 } });
    await expect(show(dir, { lines: 10, isFollowing: false })).rejects.toThrow("No log of generate yet");
    await launch(dir, "detach", "until=generate").ended;
    const followed = await show(dir, { lines: 100, isFollowing: true });
    expect(followed).toMatch(/generate: started in session data_gen/);
    expect(followed).toMatch(/ended well \(exit code 0\)/);
    const whole = await readFile(join(dir, "logs/data_gen.log"), "utf8");
    expect(followed).toBe(whole);
    await writeFile(join(dir, "logs/data_gen.log.1"), "older 1\nolder 2\n");
    const count = whole.trimEnd().split("\n").length;
    expect(await show(dir, { lines: count + 1, isFollowing: false })).toBe(`older 2\n${whole}`);
    expect(await show(dir, { lines: 1, isFollowing: false })).toBe(`${whole.trimEnd().split("\n").at(-1)}\n`);
    await rm(join(dir, "logs"), { recursive: true });
  });
});

async function show(projectDir: string, about: { lines: number; isFollowing: boolean }): Promise<string> {
  let text = "";
  const write = (more: string): void => {
    text += more;
  };
  await showLogs(projectDir, { stage: "generate", signal: AbortSignal.timeout(20_000), write, ...about });
  return text;
}

async function waitFor<T>(look: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 800; tries++) {
    const found = await look();
    if (found !== null) return found;
    await sleep(25);
  }
  throw new Error("Waited 20 s in vain");
}
