import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { callAll, createBudget, createLimiter, type ModelRequest, openLedger } from "../src/calls/index.ts";
import { resolveModel } from "../src/models/index.ts";

/**
 * What callAll needs in memory, as the number of prompts grows: the peak of its process (VmHWM) for each size, each in a process of its own,
 * with answers of 4 kB from a server in another one that answers at once. The ledger is a new one each time; --resume goes over it again, when
 * every answer is found.
 *
 *     node bench/memory.ts --sizes 50000,200000
 */
const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "50000,200000" },
    concurrency: { type: "string", default: "64" },
    resume: { type: "boolean", default: false },
    "measure-at": { type: "string" },
  },
});

const answerText = "It takes 12.5 ml of the stock, made up to the mark. ".repeat(80).slice(0, 4_096);

if (process.send === undefined) await main();
else if (values["measure-at"] === undefined) await serve();
else process.send(await measure(values["measure-at"], Number(values.sizes)));

interface Measured {
  readonly peakMegabytes: number;
  readonly resumePeakMegabytes: number | null;
  readonly seconds: number;
  readonly ledgerMegabytes: number;
  readonly mostLogMegabytes: number;
}

async function main(): Promise<void> {
  const server = fork(import.meta.filename);
  const [url] = (await once(server, "message")) as [string];
  const peaks: number[] = [];
  for (const size of values.sizes.split(",")) {
    const args = ["--measure-at", url, "--sizes", size, "--concurrency", values.concurrency];
    const child = fork(import.meta.filename, values.resume ? [...args, "--resume"] : args);
    const measured = await resultOf(child);
    const { peakMegabytes, resumePeakMegabytes, seconds, ledgerMegabytes, mostLogMegabytes } = measured;
    peaks.push(Math.max(peakMegabytes, resumePeakMegabytes ?? 0));
    const resumed = resumePeakMegabytes === null ? "" : `, ${resumePeakMegabytes} MB after going over it again`;
    process.stdout.write(
      `${Number(size).toLocaleString("en-US")} prompts: peak ${peakMegabytes} MB${resumed} · ${Math.round(Number(size) / seconds)}/s · ledger ${ledgerMegabytes} MB · write-ahead log at most ${mostLogMegabytes} MB\n`,
    );
  }
  server.kill();
  const [first = 0, last = 0] = [peaks[0], peaks.at(-1)];
  process.stdout.write(`grows by ${(last - first).toFixed(0)} MB, ratio ${(last / first).toFixed(2)}\n`);
}

async function resultOf(child: ChildProcess): Promise<Measured> {
  const [measured] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`The measured process ended with ${code}`);
    }),
  ])) as [Measured];
  child.disconnect();
  return measured;
}

/** No fake provider: that one remembers what it is asked. */
async function serve(): Promise<void> {
  const message = { role: "assistant", content: answerText };
  const usage = { prompt_tokens: 330, completion_tokens: 1_024, total_tokens: 1_354 };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  const body = JSON.stringify({ id: "fake", object: "chat.completion", created: 1, model: "fake", choices, usage });
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end(body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
}

async function measure(url: string, calls: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "nexa-bench-"));
  const path = join(folder, "ledger.sqlite");
  const entry = { provider: "openai-compatible", base_url: url, headers: {} };
  const model = await resolveModel("fake", { models: { fake: entry } as never, env: {} });
  const most = { log: 0 };
  const run = async (): Promise<void> => {
    using ledger = openLedger(path);
    const limiter = createLimiter({ start: 8, max: Number(values.concurrency) });
    const budget = createBudget({ ledger, budgetUsd: null });
    const { signal } = new AbortController();
    let answered = 0;
    for await (const { error } of callAll(requests(calls), { model, ledger, limiter, budget, role: "bench", signal })) {
      if (error !== null) throw new Error(error.message);
      if (++answered % 1_000 === 0) most.log = Math.max(most.log, statSync(`${path}-wal`).size);
    }
    if (answered !== calls) throw new Error(`${answered} of ${calls} answered`);
  };
  try {
    const startedAt = performance.now();
    await run();
    const seconds = (performance.now() - startedAt) / 1000;
    const peakMegabytes = readPeak();
    const [ledgerMegabytes, mostLogMegabytes] = [statSync(path).size, most.log].map((size) => Math.round(size / 1e6));
    if (values.resume) await run();
    const resumePeakMegabytes = values.resume ? readPeak() : null;
    return {
      peakMegabytes,
      resumePeakMegabytes,
      seconds,
      ledgerMegabytes: ledgerMegabytes ?? 0,
      mostLogMegabytes: mostLogMegabytes ?? 0,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function* requests(calls: number): Generator<ModelRequest<number>> {
  const system = { role: "system", content: "Work it out, one step a line. ".repeat(40) } as const;
  for (let index = 0; index < calls; index++) {
    const content = `Question ${index}: how much of the stock solution does it take? ${"Give each step. ".repeat(8)}`;
    yield { tag: index, messages: [system, { role: "user", content }], maxTokens: 1_024 };
  }
}

/** The most memory that the process has had at once, in megabytes. */
function readPeak(): number {
  const kibibytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  return Math.round((kibibytes * 1_024) / 1e6);
}
