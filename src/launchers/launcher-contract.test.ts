import { execFileSync } from "node:child_process";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, fixtureProgram, type Sandbox } from "../../test/fixtures/jobs/fixture-project.ts";
import { isProcessAlive } from "../core/index.ts";
import { createForegroundLauncher } from "./foreground-launcher.ts";
import type { Job, JobHandle, Launcher } from "./job.ts";
import { readExit, readJobStatus, readWrapper } from "./job-folder.ts";
import { createTmux } from "./tmux.ts";
import { createTmuxLauncher } from "./tmux-launcher.ts";

const launchers: Record<string, (sandbox: Sandbox) => Launcher> = {
  tmux: ({ env }) => createTmuxLauncher({ tmux: createTmux({ env }) }),
  foreground: () => createForegroundLauncher(),
};

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

describe.each(Object.keys(launchers))("the %s launcher", (name) => {
  const start = async (argv: readonly string[], env: Record<string, string> = {}) => {
    const launcher = launchers[name]?.(sandbox) as Launcher;
    const job = await makeJob(argv, env);
    return { launcher, job, handle: await launcher.start(job) };
  };

  it("records exit code, pid, times and host of a job that ends well", async () => {
    const { launcher, job, handle } = await start([fixtureProgram("exit-with.js"), "0"]);
    const exit = await waitForExit(job);
    expect(exit).toMatchObject({ exitCode: 0, signal: null });
    expect(exit.pid).toBeGreaterThan(0);
    expect(Date.parse(exit.endedAt)).toBeGreaterThanOrEqual(Date.parse(exit.startedAt));
    expect(exit.error).toBeUndefined();
    expect(await launcher.status(handle)).toMatchObject({ phase: "ended", pid: exit.pid });
  });

  it("writes snake_case to exit.json, and nothing is left of a draft", async () => {
    const { job } = await start([fixtureProgram("exit-with.js"), "0"]);
    await waitForExit(job);
    const keys = Object.keys(JSON.parse(await readFile(join(job.jobDir, "exit.json"), "utf8")) as object);
    expect(keys).toEqual(["exit_code", "signal", "started_at", "ended_at", "pid", "host"]);
  });

  it("records a bad exit code with the last line of stderr, and logs both streams with their times", async () => {
    const { job } = await start([fixtureProgram("exit-with.js"), "4", "the input is missing"]);
    expect(await waitForExit(job)).toMatchObject({ exitCode: 4, signal: null, error: "the input is missing" });
    const log = await readFile(job.logFile, "utf8");
    expect(log).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z hello from stdout$/m);
    expect(log).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z the input is missing$/m);
    expect(log).toMatch(/Z sample: failed \(exit code 4\) after /);
  });

  it("records the signal of a job that is killed", async () => {
    const { job, pid } = await startLingering(start);
    process.kill(pid, "SIGKILL");
    expect(await waitForExit(job)).toMatchObject({ exitCode: 137, signal: "SIGKILL", pid });
  });

  it("says why a program could not be started", async () => {
    const launcher = launchers[name]?.(sandbox) as Launcher;
    const job = { ...(await makeJob([], {})), argv: ["/nowhere/to/be/found"] };
    await launcher.start(job);
    const exit = await waitForExit(job);
    expect(exit).toMatchObject({ exitCode: 127, pid: null });
    expect(exit.error).toContain("cannot start /nowhere/to/be/found: ENOENT");
  });

  it("gives the job its environment, which shows neither in ps nor in the log nor in a file that stays", async () => {
    const key = "sk-very-secret-1234567890";
    const file = join(sandbox.dir, "env.txt");
    const { job } = await start([fixtureProgram("write-env.js"), file, "TEACHER_API_KEY"], { TEACHER_API_KEY: key });
    const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    await waitForExit(job);
    expect(await readFile(file, "utf8")).toBe(key);
    expect(processes).not.toContain(key);
    const log = await readFile(job.logFile, "utf8");
    expect(log).toContain("TEACHER_API_KEY is [TEACHER_API_KEY]");
    expect(log).not.toContain(key);
    expect(await stat(join(job.jobDir, "request.json")).catch(() => null)).toBeNull();
  });

  it("ends a job in order", async () => {
    const { launcher, handle, job } = await startLingering(start);
    expect(await launcher.stop(handle)).toBe("ended");
    expect(await readExit(job.jobDir)).toMatchObject({ exitCode: 130, signal: null });
    expect(await launcher.stop(handle)).toBe("not_running");
  });

  it("kills a job that does not end in time, and only then", async () => {
    const { launcher, handle, job } = await startLingering(start, "stubborn");
    expect(await launcher.stop(handle, { graceMs: 300 })).toBe("killed");
    expect(await waitForExit(job)).toMatchObject({ exitCode: 137, signal: "SIGKILL" });
    expect(await readFile(job.logFile, "utf8")).toContain("got SIGTERM");
  });

  it("leaves a job that runs already, and starts an ended one again without its old exit status", async () => {
    const { launcher, job, handle, pid } = await startLingering(start);
    expect(await launcher.start(job)).toMatchObject({ wasRunning: true, session: handle.session });
    expect((await readWrapper(job.jobDir))?.childPid).toBe(pid);
    await launcher.stop(handle);
    expect(await launcher.start(job)).toMatchObject({ wasRunning: false });
    expect(await readJobStatus(job.jobDir)).toMatchObject({ phase: "running", exit: null });
    await launcher.stop(handle);
  });
});

type Start = (argv: readonly string[]) => Promise<{ launcher: Launcher; job: Job; handle: JobHandle }>;

async function startLingering(start: Start, ...words: string[]) {
  const file = join(sandbox.dir, "pid.txt");
  const started = await start([fixtureProgram("linger.ts"), file, ...words]);
  const pid = Number(await waitFor(async () => (await readFile(file, "utf8").catch(() => "")) || null));
  expect(isProcessAlive({ pid, host: (await readWrapper(started.job.jobDir))?.host ?? "", startTicks: null })).toBe(
    true,
  );
  return { ...started, pid };
}

async function makeJob(argv: readonly string[], env: Record<string, string>): Promise<Job> {
  const cwd = join(sandbox.dir, "project");
  await mkdir(cwd, { recursive: true });
  return {
    name: "sample",
    session: "sampling",
    argv: [process.execPath, ...argv],
    cwd,
    env: { PATH: process.env.PATH ?? "", ...env },
    logFile: join(cwd, "logs/sampling.log"),
    jobDir: join(cwd, ".nexa/jobs/sample"),
  };
}

function waitForExit(job: Job) {
  return waitFor(() => readExit(job.jobDir));
}

async function waitFor<T>(look: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look();
    if (found !== null) return found;
    await sleep(25);
  }
  throw new Error("Waited 15 s in vain");
}
