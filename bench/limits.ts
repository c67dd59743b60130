/**
 * How near callAll comes to a provider's limits without passing them, while calls fail: the time until 99% and all prompts are answered
 * against the shortest possible one, calls answered 429, rows lost. The server is told of its limits by nobody; callAll learns them.
 * Usage: node bench/limits.ts [--prompts 2000] [--per-minute 2000] [--tokens-per-minute N] [--window bucket|full-bucket|sliding|fixed]
 *        [--errors 0.03] [--resets 0.01] [--hangs 0.005] [--overloads 0] [--latency-ms 100] [--answer-tokens 100] [--no-headers]
 */
import { parseArgs } from "node:util";
import type { FakeLimits } from "../test/fake-provider/index.ts";
import { benchMessages } from "./support/call-set.ts";
import { type LimitedRun, leastSeconds } from "./support/least-seconds.ts";
import { type ServerAccount, startServerProcess } from "./support/server-process.ts";
import { runWhole } from "./support/whole-calls.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    prompts: { ...text, default: "2000" },
    "per-minute": { ...text, default: "2000" },
    "tokens-per-minute": text,
    window: { ...text, default: "bucket" },
    errors: { ...text, default: "0.03" },
    resets: { ...text, default: "0.01" },
    hangs: { ...text, default: "0.005" },
    overloads: { ...text, default: "0" },
    "latency-ms": { ...text, default: "100" },
    "answer-tokens": { ...text, default: "100" },
    start: { ...text, default: "8" },
    concurrency: { ...text, default: "512" },
    seed: { ...text, default: "1" },
    "no-headers": { type: "boolean", default: false },
  },
});
const prompts = Number(values.prompts);
const answerTokens = Number(values["answer-tokens"]);
const promptTokens = 333;
const targetTime = 1.05;
const targetRefused = 0.005;

const limits: FakeLimits = {
  requestsPerMinute: Number(values["per-minute"]),
  window: values.window as NonNullable<FakeLimits["window"]>,
  headers: !values["no-headers"],
  ...(values["tokens-per-minute"] === undefined ? {} : { tokensPerMinute: Number(values["tokens-per-minute"]) }),
};

interface Outcome {
  /** Seconds from the start, of each answer. */
  readonly answeredAt: readonly number[];
  readonly lost: number;
}

async function main(): Promise<void> {
  const faults = {
    error_500: Number(values.errors),
    reset: Number(values.resets),
    hang: Number(values.hangs),
    error_503: Number(values.overloads),
  };
  const latencyMs = Number(values["latency-ms"]);
  using server = await startServerProcess({ latencyMs, limits, faults, seed: Number(values.seed) });
  const run: LimitedRun = { prompts, limits, tokensPerCall: promptTokens + answerTokens };
  console.log(`${prompts} prompts, ${describeLimits()}, ${describeFaults(faults)}, answers after ${latencyMs} ms`);
  report(await ask(server.baseUrl), { account: await server.account(), run });
}

function describeLimits(): string {
  const { requestsPerMinute, tokensPerMinute, window, headers } = limits;
  const tokens = tokensPerMinute === undefined ? "" : ` and ${tokensPerMinute} tokens/min`;
  return `${requestsPerMinute} requests/min${tokens} (${window}${headers === false ? ", told by 429 alone" : ""})`;
}

function describeFaults(faults: Readonly<Record<string, number>>): string {
  return Object.entries(faults)
    .filter(([, share]) => share > 0)
    .map(([name, share]) => `${100 * share}% ${name}`)
    .join(", ");
}

async function ask(baseUrl: string): Promise<Outcome> {
  const answeredAt: number[] = [];
  let lost = 0;
  const startedAt = performance.now();
  await runWhole({
    baseUrl,
    calls: prompts,
    concurrency: Number(values.concurrency),
    startConcurrency: Number(values.start),
    maxTokens: answerTokens,
    messagesOf: benchMessages("limits"),
    onAnswer({ isAnswered }) {
      if (isAnswered) answeredAt.push((performance.now() - startedAt) / 1000);
      else lost++;
    },
  });
  return { answeredAt, lost: lost + Math.max(0, prompts - answeredAt.length - lost) };
}

function report({ answeredAt, lost }: Outcome, { account, run }: { account: ServerAccount; run: LimitedRun }): void {
  const least = leastSeconds(run);
  const refused = account.statuses[429] ?? 0;
  const withRetries = leastSeconds({ ...run, prompts: Math.ceil((account.requests - refused) * 0.99) });
  const at = (share: number): number => answeredAt[Math.ceil(prompts * share) - 1] ?? Number.NaN;
  const tell = (share: number): string =>
    `${at(share).toFixed(1)} s (${(at(share) / least).toFixed(3)} of ${least.toFixed(1)} s)`;
  const share = refused / account.requests;
  const judge = (isMet: boolean): string => (isMet ? "met" : "missed");
  console.log(`99% answered after ${tell(0.99)}, target ${targetTime}: ${judge(at(0.99) / least <= targetTime)}`);
  console.log(
    `  no client is faster than ${withRetries.toFixed(1)} s, as the failed calls count against the limit too`,
  );
  console.log(`all answered after ${tell(1)}; half after ${at(0.5).toFixed(1)} s`);
  const refusedText = `${refused} of ${account.requests} calls answered 429 (${(100 * share).toFixed(2)}%)`;
  console.log(`${refusedText}, target ${100 * targetRefused}%: ${judge(share <= targetRefused)}`);
  console.log(`rows lost ${lost}; billed ${account.billed}, of them twice ${account.billedTwice}`);
}

await main();
