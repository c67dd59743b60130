import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSandbox, fixtureProgram, type Sandbox } from "../../test/fixtures/jobs/fixture-project.ts";
import { isProcessAlive } from "../core/index.ts";
import type { Job } from "./job.ts";
import { childIdentity, readExit, readJobStatus, readWrapper } from "./job-folder.ts";
import { createTmux, isNewEnough, type Tmux } from "./tmux.ts";
import { createTmuxLauncher } from "./tmux-launcher.ts";
import { listSessions } from "./tmux-session.ts";

let sandbox: Sandbox;
let tmux: Tmux;
beforeEach(async () => {
  sandbox = await createSandbox();
  tmux = createTmux({ env: sandbox.env });
});
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

it("gives the environment to a job though the server was started before, and keeps secrets from a server that it starts", async () => {
  const file = join(sandbox.dir, "env.txt");
  const env = { ...sandbox.env, SOME_API_KEY: "sk-abcdefghijkl" };
  const launcher = createTmuxLauncher({ tmux: createTmux({ env }) });
  await launcher.start(await makeJob("first", { argv: [fixtureProgram("exit-with.js"), "0"] }));
  const job = await makeJob("second", {
    argv: [fixtureProgram("write-env.js"), file, "SOME_API_KEY"],
    env: { SOME_API_KEY: "sk-abcdefghijkl" },
    session: "other",
  });
  await launcher.start(job);
  await waitFor(() => readExit(job.jobDir));
  expect(await readFile(file, "utf8")).toBe("sk-abcdefghijkl");
  expect(await tmux.run("show-environment", "-g")).not.toContain("SOME_API_KEY");
});

it("gives up a job whose wrapper does not come, and leaves no job file with its keys for it to find later", async () => {
  const job = await makeJob("late", {
    argv: [fixtureProgram("exit-with.js"), "0"],
    env: { SOME_API_KEY: "sk-abcdefghijkl" },
  });
  const launcher = createTmuxLauncher({ tmux, startTimeoutMs: -1 });
  await expect(launcher.start(job)).rejects.toMatchObject({ code: "not_started" });
  expect(await readdir(job.jobDir)).not.toContain("request.json");
});

it("ends the job when its wrapper is killed, and then says that it is lost", async () => {
  const job = await makeJob("project", { argv: [fixtureProgram("linger.ts"), join(sandbox.dir, "pid.txt")] });
  await createTmuxLauncher({ tmux }).start(job);
  await waitFor(() => readFile(join(sandbox.dir, "pid.txt"), "utf8").catch(() => null));
  const wrapper = await waitFor(() => readWrapper(job.jobDir));
  process.kill(wrapper.pid, "SIGKILL");
  await waitFor(async () => (isProcessAlive(childIdentity(wrapper)) === false ? true : null));
  expect(await readExit(job.jobDir)).toBeNull();
  expect((await readJobStatus(job.jobDir)).phase).toBe("lost");
});

it("ends the job in order when its session is killed", async () => {
  const job = await makeJob("project", { argv: [fixtureProgram("linger.ts"), join(sandbox.dir, "pid.txt")] });
  const { session } = await createTmuxLauncher({ tmux }).start(job);
  await waitFor(() => readFile(join(sandbox.dir, "pid.txt"), "utf8").catch(() => null));
  await tmux.run("kill-session", "-t", `=${session}`);
  const exit = await waitFor(() => readExit(job.jobDir));
  // Without a handler of its own for SIGHUP, the fixture ends by the signal that is passed on.
  expect(exit).toMatchObject({ signal: "SIGHUP" });
});

it("takes the plain name, then the folder's, then a piece of the hash, and never touches a stranger's session", async () => {
  await tmux.run("new-session", "-d", "-s", "sampling", "--", "sleep", "1000");
  const launcher = createTmuxLauncher({ tmux });
  const lingering = (folder: string) =>
    makeJob(folder, { argv: [fixtureProgram("linger.ts"), join(sandbox.dir, "x.txt")] });
  const first = await launcher.start(await lingering("a/my demo"));
  const second = await launcher.start(await lingering("b/my demo"));
  expect(first.session).toBe("sampling-my-demo");
  expect(second.session).toMatch(/^sampling-my-demo-[0-9a-f]{6}$/);
  const sessions = await listSessions(tmux);
  expect(sessions.get("sampling")).toBe("");
  expect(sessions.get(first.session)).toBe(first.job.cwd);
  expect(await tmux.run("list-panes", "-t", "=sampling:", "-F", "#{pane_current_command}")).toContain("sleep");
});

it("does not take a session whose name only begins like ours", async () => {
  await tmux.run("new-session", "-d", "-s", "sampling1", "--", "sleep", "1000");
  const job = await makeJob("project", { argv: [fixtureProgram("exit-with.js"), "0"] });
  expect((await createTmuxLauncher({ tmux }).start(job)).session).toBe("sampling");
  expect((await listSessions(tmux)).has("sampling1")).toBe(true);
});

it("keeps the pane of an ended job readable, and replaces it at the next start", async () => {
  const launcher = createTmuxLauncher({ tmux });
  const job = await makeJob("project", { argv: [fixtureProgram("exit-with.js"), "3", "no more quota"] });
  for (const round of [1, 2]) {
    const { session } = await launcher.start(job);
    await waitFor(() => readExit(job.jobDir));
    await waitFor(async () =>
      (await tmux.run("display-message", "-p", "-t", `=${session}:`, "#{pane_dead}")).trim() === "1" ? true : null,
    );
    const pane = await tmux.run("capture-pane", "-p", "-t", `=${session}:`);
    expect(pane, `round ${round}`).toContain("no more quota");
    expect(pane).toContain("sample: failed (exit code 3)");
  }
  expect((await listSessions(tmux)).size).toBe(1);
});

it("shows what a terminal lacks as an error with a remedy", async () => {
  const job = await makeJob("project", { argv: [fixtureProgram("exit-with.js"), "0"] });
  const broken = createTmux({ env: { ...sandbox.env, PATH: sandbox.dir } });
  await expect(createTmuxLauncher({ tmux: broken }).start(job)).rejects.toMatchObject({ code: "tmux_missing" });
});

it.each([
  ["tmux 2.9a", false],
  ["tmux 1.8", false],
  ["tmux 3.0", true],
  ["tmux 3.3a", true],
  ["tmux next-3.6", true],
  ["tmux master", true],
])("%s is new enough: %s", (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

async function makeJob(
  folder: string,
  { argv, env = {}, session = "sampling" }: { argv: readonly string[]; env?: Record<string, string>; session?: string },
): Promise<Job> {
  const cwd = join(sandbox.dir, folder);
  await mkdir(cwd, { recursive: true });
  return {
    name: "sample",
    session,
    argv: [process.execPath, ...argv],
    cwd,
    env: { PATH: process.env.PATH ?? "", ...env },
    logFile: join(cwd, "logs/sampling.log"),
    jobDir: join(cwd, ".nexa/jobs/sample"),
  };
}

async function waitFor<T>(look: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look();
    if (found !== null) return found;
    await sleep(25);
  }
  throw new Error("Waited 15 s in vain");
}
