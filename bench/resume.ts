import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import {
  callAll,
  createBudget,
  createLimiter,
  identifyCall,
  type LedgerCall,
  type ModelRequest,
  openLedger,
} from "../src/calls/index.ts";
import { type ResolvedModel, resolveModel } from "../src/models/index.ts";

/**
 * How long a run over a large ledger takes to its first new call: callAll over requests that are all bought but the last, from its start to
 * the arrival of that one at a server in another process. The baseline reads every identity of the same file in one scan.
 *
 *     node bench/resume.ts --calls 200000
 */
const { values } = parseArgs({
  options: { calls: { type: "string", default: "200000" }, rounds: { type: "string", default: "3" } },
});
const calls = Number(values.calls);
const system = "You answer questions of the laboratory with worked arithmetic, one step a line. ".repeat(12);

if (process.send === undefined) await main();
else await serve();

/** Says when each request came, in milliseconds since the epoch. */
async function serve(): Promise<void> {
  const server = createServer((request, response) => {
    process.send?.({ at: performance.timeOrigin + performance.now() });
    const message = { role: "assistant", content: "New." };
    const body = {
      id: "new",
      object: "chat.completion",
      created: 1,
      model: "fake",
      choices: [{ index: 0, message, finish_reason: "stop" }],
    };
    request
      .resume()
      .on("end", () => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nexa-bench-"));
  const path = join(folder, "ledger.sqlite");
  const server = fork(import.meta.filename);
  try {
    const [{ url }] = (await once(server, "message")) as [{ url: string }];
    const model = await resolveModel("fake", {
      models: { fake: { provider: "openai-compatible", base_url: url, headers: {} } } as never,
      env: {},
    });
    await buildLedger(path, model);
    process.stdout.write(`${calls} calls, ${(statSync(path).size / 1e9).toFixed(2)} GB\n`);
    for (let round = 0; round < Number(values.rounds); round++) {
      const scanMs = scan(path);
      const arrival = once(server, "message") as Promise<[{ at: number }]>;
      const startedAt = performance.timeOrigin + performance.now();
      const endMs = await resume(path, { model, round });
      const [{ at }] = await arrival;
      const firstMs = at - startedAt;
      process.stdout.write(
        `first new call after ${Math.round(firstMs)} ms · scan ${Math.round(scanMs)} ms · ratio ${(firstMs / scanMs).toFixed(1)} · run over after ${Math.round(endMs)} ms\n`,
      );
    }
  } finally {
    server.kill();
    rmSync(folder, { recursive: true });
  }
}

function requestOf(index: number): ModelRequest<number> {
  const content = `Question ${index}: how much of the stock solution does it take? ${"Give each step. ".repeat(16)}`;
  const messages = [
    { role: "system", content: system },
    { role: "user", content },
  ] as const;
  return { tag: index, messages, maxTokens: 512, temperature: 0.7 };
}

async function buildLedger(path: string, model: ResolvedModel): Promise<void> {
  using ledger = openLedger(path);
  const { provider, origin, identity: name } = model;
  const text = "V1 = C2 * V2 / C1, and so it takes 12.5 ml of the stock. ".repeat(18);
  const key = { role: "bench", provider, origin, model: name, mode: "realtime", batch_id: null } as const;
  const usage = {
    prompt_tokens: 330,
    cached_prompt_tokens: 0,
    cache_write_tokens: null,
    completion_tokens: 250,
    reasoning_tokens: null,
  };
  const facts = {
    finish_reason: "stop",
    cost_usd: 0.0002,
    tries: 1,
    latency_ms: 812.5,
    provider_request_id: "req-fake",
  };
  const created_at = new Date().toISOString();
  for (let index = 0; index < calls; ) {
    const group: LedgerCall[] = [];
    for (const end = Math.min(calls, index + 5_000); index < end; index++)
      group.push({
        ...key,
        ...usage,
        ...facts,
        ...identifyCall(model, requestOf(index)),
        created_at,
        text,
        reasoning: null,
      });
    await Promise.all(group.map((call) => ledger.commit(call)));
  }
}

function scan(path: string): number {
  const startedAt = performance.now();
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare("SELECT identity FROM calls").all().length;
  database.close();
  if (rows < calls) throw new Error(`${rows} of ${calls} in the ledger`);
  return performance.now() - startedAt;
}

/** Until the run's end, in milliseconds. */
async function resume(path: string, { model, round }: { model: ResolvedModel; round: number }): Promise<number> {
  const startedAt = performance.now();
  using ledger = openLedger(path);
  function* requests() {
    for (let index = 0; index < calls; index++) yield requestOf(index);
    yield requestOf(calls + round);
  }
  let fresh = 0;
  const limiter = createLimiter({ start: 8, max: 8 });
  const budget = createBudget({ ledger, budgetUsd: null });
  const { signal } = new AbortController();
  for await (const { isFromLedger } of callAll(requests(), { model, ledger, limiter, budget, role: "bench", signal }))
    if (!isFromLedger) fresh++;
  if (fresh !== 1) throw new Error(`${fresh} calls were new, not one`);
  return performance.now() - startedAt;
}
