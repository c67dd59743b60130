import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Agent, request } from "undici";
import { callAll, createBudget, createLimiter, type ModelRequest, openLedger } from "../src/calls/index.ts";
import { resolveModel } from "../src/models/index.ts";
import { startFakeProvider } from "../test/fixtures/fake-provider.ts";

/**
 * callAll (identity, ledger, limiter, SDK, commits with fsync) against bare undici, with equal concurrency and a server that answers
 * after 100 ms, in a process of its own: `node bench/calls.ts --calls 4000 --concurrency 512`.
 */
const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "4000" },
    concurrency: { type: "string", default: "512" },
    "latency-ms": { type: "string", default: "100" },
    rounds: { type: "string", default: "3" },
  },
});
const [calls, concurrency, latencyMs] = [
  Number(values.calls),
  Number(values.concurrency),
  Number(values["latency-ms"]),
];

interface Measured {
  readonly perSecond: number;
  /** Processor seconds a thousand calls. */
  readonly cpu: number;
}

if (process.send === undefined) await main();
else await serve();

async function serve(): Promise<void> {
  const provider = await startFakeProvider({ latencyMs });
  process.send?.(provider.baseUrl);
}

async function main(): Promise<void> {
  const server = fork(import.meta.filename, process.argv.slice(2));
  const [baseUrl] = (await once(server, "message")) as [string];
  const rounds: { bare: Measured; whole: Measured }[] = [];
  await measure(() => runBare(baseUrl, 500));
  for (let round = 0; round < Number(values.rounds); round++) {
    rounds.push({
      bare: await measure(() => runBare(baseUrl, calls)),
      whole: await measure(() => runCallAll(baseUrl, round)),
    });
  }
  server.kill();
  for (const { bare, whole } of rounds) {
    const ratio = (whole.perSecond / bare.perSecond).toFixed(2);
    process.stdout.write(`callAll ${describe(whole)} · bare undici ${describe(bare)} · ratio ${ratio}\n`);
  }
}

function describe({ perSecond, cpu }: Measured): string {
  return `${Math.round(perSecond)}/s (${cpu.toFixed(2)} CPU s per 1,000)`;
}

async function measure(run: () => Promise<void>): Promise<Measured> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: calls / seconds, cpu: (user + system) / 1e6 / (calls / 1000) };
}

function messagesOf(index: number, round: number) {
  return [
    { role: "system", content: "Work it out. ".repeat(100) },
    { role: "user", content: `Question ${index} of round ${round}` },
  ] as const;
}

async function runBare(baseUrl: string, count: number): Promise<void> {
  const dispatcher = new Agent();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const body = JSON.stringify({ model: "fake", messages: messagesOf(index, -1), max_tokens: 100 });
      const answer = await request(`${baseUrl}/chat/completions`, {
        method: "POST",
        dispatcher,
        body,
        headers: { "content-type": "application/json" },
      });
      await answer.body.json();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await dispatcher.destroy();
}

async function runCallAll(baseUrl: string, round: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nexa-bench-"));
  const model = await resolveModel("fake", {
    models: { fake: { provider: "openai-compatible", base_url: baseUrl, headers: {} } },
    env: {},
  });
  using ledger = openLedger(join(folder, "ledger.sqlite"));
  const requests: ModelRequest<number>[] = Array.from({ length: calls }, (_, index) => ({
    tag: index,
    messages: messagesOf(index, round),
    maxTokens: 100,
  }));
  const limiter = createLimiter({ start: concurrency, max: concurrency });
  const budget = createBudget({ ledger, budgetUsd: null });
  let answered = 0;
  for await (const { error } of callAll(requests, {
    model,
    ledger,
    limiter,
    budget,
    role: "bench",
    signal: new AbortController().signal,
  })) {
    if (error === null) answered++;
  }
  if (answered !== calls) throw new Error(`${answered} of ${calls} answered`);
  rmSync(folder, { recursive: true });
}
