import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startFakeProvider } from "../fake-provider/index.ts";
import { createTestProject, finish } from "../support/project.ts";

const calls = new URL("../../src/calls/index.ts", import.meta.url).href;
const models = new URL("../../src/models/index.ts", import.meta.url).href;
/** An answer costs 100 tokens of $1 a thousand, and what it may cost is 200 and the prompt. */
const usage = { prompt_tokens: 0, completion_tokens: 100 };
const price = { input_usd_per_million: 0, output_usd_per_million: 1_000 };

/** Asks the same 1,500 prompts as its twin, forwards or backwards, and says how that ended. */
const program = `
  import { callAll, createBudget, createLimiter, openLedger } from ${JSON.stringify(calls)};
  import { resolveModel } from ${JSON.stringify(models)};
  const [path, base_url, order, budget] = process.argv.slice(1);
  const entry = { provider: "openai-compatible", base_url, price: ${JSON.stringify(price)}, headers: {} };
  const model = await resolveModel("fake", { models: { fake: entry }, env: {} });
  const ledger = openLedger(path);
  const numbers = Array.from({ length: 1500 }, (_, index) => (order === "backwards" ? 1499 - index : index));
  const requests = numbers.map((tag) => ({ tag, messages: [{ role: "user", content: "Question " + tag }], maxTokens: 200 }));
  const options = { model, ledger, limiter: createLimiter({ start: 8, max: 16 }), role: "teacher", signal: new AbortController().signal };
  let [answers, end] = [0, "whole"];
  try {
    for await (const { error } of callAll(requests, { ...options, budget: createBudget({ ledger, budgetUsd: Number(budget) }) }))
      if (error === null) answers++;
  } catch (error) {
    end = error.code ?? String(error);
  }
  ledger[Symbol.dispose]();
  process.stdout.write(JSON.stringify({ answers, end }));`;

interface Ended {
  readonly answers: number;
  readonly end: string;
}

async function runBoth(args: { path: string; baseUrl: string; budgetUsd: number; orders: string[] }): Promise<Ended[]> {
  const { path, baseUrl, budgetUsd, orders } = args;
  return Promise.all(
    orders.map(async (order) => {
      const argv = ["--input-type=module", "--eval", program, path, baseUrl, order, String(budgetUsd)];
      const { exitCode, stdout, stderr } = await finish(
        spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] }),
      );
      expect(exitCode, stderr).toBe(0);
      return JSON.parse(stdout) as Ended;
    }),
  );
}

test.each([
  ["forwards", "forwards"],
  ["forwards", "backwards"],
])(
  "two processes on one ledger (%s and %s) never pass the budget together, and lose and damage nothing",
  async (...orders) => {
    await using provider = await startFakeProvider({
      latencyMs: 15,
      reply: (_request, { prompt }) => ({ kind: "answer", text: `Re: ${prompt}`, usage }),
    });
    const folder = mkdtempSync(join(tmpdir(), "nexa-two-"));
    const path = join(folder, "ledger.sqlite");
    const both = { path, baseUrl: provider.baseUrl, orders };

    const poor = await runBoth({ ...both, budgetUsd: 100 });
    expect(poor.map(({ end }) => end)).toEqual(["budget", "budget"]);
    const billedUsd = (provider.bill.billed * usage.completion_tokens * price.output_usd_per_million) / 1e6;
    expect(billedUsd).toBeLessThanOrEqual(100 + 1e-6);
    expect(billedUsd).toBeGreaterThan(90);

    const rich = await runBoth({ ...both, budgetUsd: 1_000 });
    expect(rich).toEqual([
      { answers: 1_500, end: "whole" },
      { answers: 1_500, end: "whole" },
    ]);
    using database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare("SELECT count(*) AS calls FROM calls").get()).toEqual({ calls: 1_500 });
    expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    const { off } = database
      .prepare("SELECT abs(bought_usd - (SELECT sum(cost_usd) FROM calls)) AS off FROM totals")
      .get() as { off: number };
    expect(off).toBeLessThan(1e-6);
    console.log(`${orders.join(" and ")}: ${provider.bill.billed - 1_500} of 1,500 answers were bought twice`);
    rmSync(folder, { recursive: true });
  },
);

test("a second nexa generate in the same project is refused, and the first one goes on", async () => {
  await using provider = await startFakeProvider({ latencyMs: 50 });
  const promptLines = Array.from({ length: 300 }, (_, index) =>
    JSON.stringify({ id: `p-${index}`, prompt: `Question ${index}?` }),
  );
  await using project = await createTestProject({ promptLines });
  const local = { base_url: provider.baseUrl, model: "fake", price: 0 };
  const args = ["generate", "--set", `models=${JSON.stringify({ local })}`, "--set", "teacher.model=local"];
  const first = finish(project.start([...args, "--set", "max_concurrency=8"]));
  while (provider.requests < 20) await new Promise((resolve) => setTimeout(resolve, 5));
  const second = await project.nexa(args);
  expect(second.exitCode, second.stderr).toBe(4);
  expect(second.stderr).toMatch(/already runs/);
  expect((await first).exitCode).toBe(0);
  expect(provider.bill.billed).toBe(300);
});
