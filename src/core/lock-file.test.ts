import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { acquireLock } from "./lock-file.ts";
import { identifyProcess, isProcessAlive } from "./processes.ts";

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-lock-"));
  path = join(dir, "locks/train.lock");
});
afterEach(() => rm(dir, { recursive: true }));

test("a held lock is refused and names holder, host and pid", async () => {
  await using _held = await acquireLock(path, "nexa train");
  const { pid, host } = identifyProcess();
  await expect(acquireLock(path, "nexa train")).rejects.toMatchObject({
    code: "locked",
    message: expect.stringContaining(`process ${pid} on ${host}`),
  });
});

test("a released lock can be taken again and leaves nothing behind", async () => {
  await (await acquireLock(path, "nexa train")).release();
  expect(await readdir(join(dir, "locks"))).toEqual([]);
  await using _again = await acquireLock(path, "nexa train");
});

test("the lock of a process killed for real is taken over", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  await once(child, "spawn");
  const identity = identifyProcess(child.pid);
  await (await acquireLock(path, "x")).release();
  await writeFile(path, JSON.stringify(identity));
  await expect(acquireLock(path, "nexa train")).rejects.toMatchObject({ code: "locked" });
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isProcessAlive(identity)).toBe(false);
  await using _taken = await acquireLock(path, "nexa train");
});

test("a pid that belongs to another process by now does not hold the lock", async () => {
  const identity = identifyProcess();
  expect(isProcessAlive({ ...identity, startTicks: (identity.startTicks ?? 0) + 1 })).toBe(false);
});

test("a lock of another host is kept, as it cannot be asked", async () => {
  await (await acquireLock(path, "x")).release();
  await writeFile(path, JSON.stringify({ pid: 1, host: "elsewhere", startTicks: null }));
  await expect(acquireLock(path, "nexa train")).rejects.toMatchObject({
    message: expect.stringContaining("process 1 on elsewhere"),
  });
});

test("a damaged lock file does not block for ever, and a release never takes away another's lock", async () => {
  await (await acquireLock(path, "x")).release();
  await writeFile(path, "{not json");
  const lock = await acquireLock(path, "nexa train");
  await writeFile(path, "somebody else's");
  await lock.release();
  expect(await readFile(path, "utf8")).toBe("somebody else's");
});

test("of twenty that ask at once exactly one gets it", async () => {
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(path, "nexa train")));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("of several that find a dead holder's lock, one after another, exactly one gets it", async () => {
  await (await acquireLock(path, "x")).release();
  for (let round = 0; round < 40; round++) {
    await writeFile(path, JSON.stringify({ ...identifyProcess(), startTicks: 1 }));
    const tries = Array.from({ length: 5 }, async (_, index) => {
      for (let turn = 0; turn < index * (1 + (round % 8)); turn++) await setImmediate();
      return acquireLock(path, "nexa train");
    });
    const results = await Promise.allSettled(tries);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await readdir(join(dir, "locks"))).toEqual(["train.lock"]);
  }
});
