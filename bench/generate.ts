import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { initProject } from "../src/cli/init-project.ts";

/**
 * The whole `nexa generate` as a process of its own, with answers of 4 kB from a server in another one that answers at once: the peak of its
 * memory (VmHWM) for each number of prompts; then, with one prompt more and a model that has a price, the time from its start to its first
 * call.
 *
 *     node bench/generate.ts --sizes 50000,200000
 */
const { values } = parseArgs({
  options: { sizes: { type: "string", default: "50000,200000" }, rounds: { type: "string", default: "3" } },
});

const nexa = join(import.meta.dirname, "../bin/nexa.js");

if (process.send === undefined) await main();
else await serve();

/** Says when each first request after a pause came, in milliseconds since the epoch. */
async function serve(): Promise<void> {
  const words = Array.from({ length: 600 }, (_, index) => ((index * 7_919) % 46_656).toString(36));
  let [count, last] = [0, 0];
  const server = createServer((request, response) => {
    const now = performance.timeOrigin + performance.now();
    if (now - last > 1_000) process.send?.(now);
    last = now;
    // No two answers are alike, so that nothing is packed away.
    const content = `${++count} ${words.map((word) => word + (count % 97)).join(" ")}`.slice(0, 4_096);
    const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
    const usage = { prompt_tokens: 120, completion_tokens: 1_024, total_tokens: 1_144 };
    const body = JSON.stringify({ id: "fake", object: "chat.completion", created: 1, model: "fake", choices, usage });
    request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end(body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
}

async function main(): Promise<void> {
  const server = fork(import.meta.filename);
  const [url] = (await once(server, "message")) as [string];
  let firstCallAt = 0;
  server.on("message", (at: number) => {
    firstCallAt = at;
  });
  const peaks: number[] = [];
  for (const size of values.sizes.split(",").map(Number)) {
    const folder = mkdtempSync(join(tmpdir(), "nexa-bench-"));
    try {
      const prompts = join(folder, "prompts.jsonl");
      await pipeline(function* () {
        for (let index = 0; index < size; index++) yield promptLine(index);
      }, createWriteStream(prompts));
      const dir = join(folder, "project");
      await initProject({ dir, promptsFile: prompts });
      const { peakMegabytes, seconds } = await generate(dir, { url, price: 0 });
      peaks.push(peakMegabytes);
      process.stdout.write(
        `${size.toLocaleString("en-US")} prompts: peak ${peakMegabytes} MB · ${seconds.toFixed(0)} s\n`,
      );
      for (let round = 0; round < Number(values.rounds); round++) {
        await appendFile(join(dir, "data/prompts/prompts.jsonl"), promptLine(size + round));
        const price = { input_usd_per_million: 1, output_usd_per_million: 2 };
        const resumed = await generate(dir, { url, price });
        process.stdout.write(
          `  one more: first call ${Math.round(firstCallAt - resumed.startedAt)} ms after the process's start · peak ${resumed.peakMegabytes} MB\n`,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  server.kill();
  const [first = 0, last = 0] = [peaks[0], peaks.at(-1)];
  process.stdout.write(`grows by ${last - first} MB, ratio ${(last / first).toFixed(2)}\n`);
}

function promptLine(index: number): string {
  const prompt = `Question ${index}: how much of the stock solution does it take? ${"Give each step. ".repeat(16)}`;
  return `${JSON.stringify({ prompt })}\n`;
}

async function generate(dir: string, { url, price }: { url: string; price: unknown }) {
  const model = JSON.stringify({ provider: "openai-compatible", base_url: url, model: "fake", price });
  const words = ["--set", `models.fake=${model}`, "--set", "teacher.model=fake", "--budget", "1000"];
  const startedAt = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [nexa, "-C", dir, "generate", ...words], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    told = (told + text).slice(-4_000);
  });
  const peak = { megabytes: 0 };
  const timer = setInterval(() => {
    peak.megabytes = readPeak(child) ?? peak.megabytes;
  }, 100);
  const [code] = await once(child, "close");
  clearInterval(timer);
  if (code !== 0) throw new Error(`nexa generate ended with ${code}:\n${told}`);
  const seconds = (performance.timeOrigin + performance.now() - startedAt) / 1_000;
  return { peakMegabytes: peak.megabytes, seconds, startedAt };
}

/** The most memory that a process has had at once, in megabytes; null once it is gone. */
function readPeak({ pid }: ChildProcess): number | null {
  try {
    const kibibytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? null : Math.round((Number(kibibytes) * 1_024) / 1e6);
  } catch {
    return null;
  }
}
