import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixtureProgram } from "../../test/fixtures/jobs/fixture-project.ts";
import { createLineSplitter, type OutputLine } from "./line-splitter.ts";
import { openLogFile } from "./log-file.ts";
import { createRedactor } from "./secrets.ts";
import { wrapJob } from "./wrapper.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-wrapper-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it("keeps progress bars out of the log and on the screen", async () => {
  const lines: string[] = [];
  const live: string[] = [];
  const pane = {
    line: (text: string) => void lines.push(text),
    live: (text: string) => void live.push(text),
    end: () => undefined,
  };
  const job = {
    name: "sample",
    session: "sampling",
    argv: [process.execPath, fixtureProgram("print-lines.js"), "3", "20"],
    cwd: dir,
    env: { PATH: process.env.PATH ?? "" },
    logFile: join(dir, "sampling.log"),
    jobDir: dir,
  };
  const { ended } = await wrapJob(job, { launcher: "foreground", session: "sampling", pane });
  expect((await ended).exitCode).toBe(0);
  const log = await readFile(job.logFile, "utf8");
  expect(log.match(/line \d/g)).toEqual(["line 0", "line 1", "line 2"]);
  expect(log).not.toContain("bar");
  expect(live).toEqual(["bar 0%", "bar 1%", "bar 2%"]);
  expect(lines.filter((line) => line.startsWith("line"))).toHaveLength(3);
});

it.each([
  ["error: no space left\n  Free some.\ngenerate: warning: its end could not be noted", "no space left"],
  ["TypeError: x is not a function\n    at y.js:1\n\nNode.js v24.0.0", "TypeError: x is not a function"],
  ["something\nelse", "else"],
])("takes the line that names the error from what a job says at its end: %j", async (said, error) => {
  const job = {
    name: "sample",
    session: "sampling",
    argv: [process.execPath, "-e", `console.error(${JSON.stringify(said)}); process.exit(4)`],
    cwd: dir,
    env: { PATH: process.env.PATH ?? "" },
    logFile: join(dir, "sampling.log"),
    jobDir: dir,
  };
  const { ended } = await wrapJob(job, { launcher: "foreground", session: "sampling" });
  expect(await ended).toMatchObject({ exitCode: 4, error });
});

it("rotates a log by size, keeps so many and loses no line that they hold", async () => {
  const path = join(dir, "x.log");
  const log = openLogFile(path, { maxBytes: 200, keep: 3, now: () => new Date(0) });
  for (let number = 0; number < 20; number++) log.write(`line ${number}`);
  log.close();
  expect((await readdir(dir)).sort()).toEqual(["x.log", "x.log.1", "x.log.2", "x.log.3"]);
  const texts = await Promise.all(
    ["x.log.3", "x.log.2", "x.log.1", "x.log"].map((name) => readFile(join(dir, name), "utf8")),
  );
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(200);
  const numbers = [...texts.join("").matchAll(/line (\d+)/g)].map(([, number]) => Number(number));
  expect(numbers.at(-1)).toBe(19);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 20 - numbers.length + index));
});

it("goes on with a log that is there, and takes escape sequences out of foreign lines", async () => {
  const path = join(dir, "x.log");
  for (const line of ["one", "\u001b[31mtwo\u001b[0m\u0007"]) {
    const log = openLogFile(path, { now: () => new Date(0) });
    expect(log.write(line)).toBe(true);
    log.close();
  }
  expect(await readFile(path, "utf8")).toBe("1970-01-01T00:00:00.000Z one\n1970-01-01T00:00:00.000Z two�\n");
});

it("names the file and the remedy when a log cannot be opened", async () => {
  await writeFile(join(dir, "file"), "");
  const path = join(dir, "file/x.log");
  expect(() => openLogFile(path)).toThrow(
    expect.objectContaining({ name: "JobError", message: `Cannot open the log ${path}: EEXIST` }),
  );
});

it("cuts bytes into lines wherever the chunks are cut", () => {
  const bytes = Buffer.from("añb\r\nbar 1\rbar 2\rdone\nlast");
  const whole: OutputLine[] = [
    { text: "añb", isLive: false },
    { text: "bar 1", isLive: true },
    { text: "bar 2", isLive: true },
    { text: "done", isLive: false },
    { text: "last", isLive: false },
  ];
  for (let size = 1; size <= bytes.length; size++) {
    const lines: OutputLine[] = [];
    const splitter = createLineSplitter((line) => void lines.push(line));
    for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
    splitter.end();
    expect(lines, `chunks of ${size}`).toEqual(whole);
  }
});

it("redacts the values of secrets, the longest first, and leaves short ones", () => {
  const redact = createRedactor({ A_KEY: "12345678", B_TOKEN: "1234567890", C_SECRET: "short", PATH: "/usr/bin/env" });
  expect(redact("1234567890 12345678 short /usr/bin/env")).toBe("[B_TOKEN] [A_KEY] short /usr/bin/env");
});
