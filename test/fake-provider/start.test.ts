import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Starts the command line and waits for its first line. */
async function start(args: readonly string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "start.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  await once(child.stdout, "data");
  return { child, read: () => stdout };
}

test("the command line says what to export, and its bill at the end", async () => {
  const { child, read } = await start(["--latency-ms", "0", "--per-minute", "1", "--key", "k", "--fault", "empty=1"]);
  const [, baseUrl] = /export OPENAI_BASE_URL=(\S+) OPENAI_API_KEY=k\n/.exec(read()) ?? [];
  const ask = () =>
    fetch(`${baseUrl}/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer k" },
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hm?" }] }),
    });
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
  child.kill("SIGINT");
  const [exitCode] = await once(child, "close");
  expect(exitCode).toBe(0);
  expect(JSON.parse(read().slice(read().indexOf("{")))).toMatchObject({
    requests: 2,
    answered: 1,
    billed: 1,
    billed_twice: [],
    statuses: { 200: 1, 429: 1 },
  });
});

test("the command line names a kind of fault that there is not", async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "start.ts"), "--fault", "rain=1"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [exitCode] = await once(child, "close");
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("rain=1");
});
