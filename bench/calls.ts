/**
 * Calls a second and processor time, all clients against one fake provider that answers after 100 ms in a process of its own:
 * callAll (identity, ledger with fsync, limiter, SDK) against bare undici, in turns, and with --peers Python's clients.
 * Usage: node bench/calls.ts [--calls 20000] [--concurrency 512] [--latency-ms 100] [--rounds 3] [--peers] [--peer-calls 4000]
 */
import { parseArgs } from "node:util";
import { runBare } from "./support/bare-calls.ts";
import { benchMessages, type CallSet } from "./support/call-set.ts";
import { describeMeasured, describeSpread, type Measured, measure, spreadOf } from "./support/measure.ts";
import { comparePeers } from "./support/peers.ts";
import { type ServerProcess, startServerProcess } from "./support/server-process.ts";
import { runWhole } from "./support/whole-calls.ts";

const number = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    calls: { ...number, default: "20000" },
    concurrency: { ...number, default: "512" },
    "latency-ms": { ...number, default: "100" },
    rounds: { ...number, default: "3" },
    peers: { type: "boolean", default: false },
    "peer-calls": { ...number, default: "2000" },
  },
});
const [calls, concurrency, rounds] = [Number(values.calls), Number(values.concurrency), Number(values.rounds)];

interface Round {
  readonly bare: Measured;
  readonly whole: Measured;
}

async function main(): Promise<void> {
  using server = await startServerProcess({ latencyMs: Number(values["latency-ms"]) });
  const { baseUrl } = server;
  const warm: CallSet = { baseUrl, calls: Math.min(calls, 2_000), concurrency, messagesOf: benchMessages("warm-up") };
  await runBare(warm);
  await runWhole(warm);
  console.log(`${calls} calls at ${concurrency} in flight, answers after ${values["latency-ms"]} ms`);
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round++) measured.push(await runRound(server, round));
  printRounds(measured);
  const whole = medianOf(measured.map((round) => round.whole));
  if (values.peers) await comparePeers({ baseUrl, calls: Number(values["peer-calls"]), concurrency, whole });
}

/** Both clients, the other one first in every second round. */
async function runRound(server: ServerProcess, round: number): Promise<Round> {
  const set = { baseUrl: server.baseUrl, calls, concurrency };
  const runs = {
    bare: () => measure(calls, () => runBare({ ...set, messagesOf: benchMessages(`${round} bare`) })),
    whole: () => measure(calls, () => runAndCount({ ...set, messagesOf: benchMessages(`${round} whole`) })),
  };
  if (round % 2 === 0) return { bare: await runs.bare(), whole: await runs.whole() };
  const whole = await runs.whole();
  return { bare: await runs.bare(), whole };
}

async function runAndCount(set: CallSet): Promise<void> {
  let answered = 0;
  await runWhole({
    ...set,
    onAnswer: ({ isAnswered }) => {
      answered += isAnswered ? 1 : 0;
    },
  });
  if (answered !== calls) throw new Error(`callAll answered ${answered} of ${calls}`);
}

function printRounds(measured: readonly Round[]): void {
  for (const { bare, whole } of measured) {
    const ratio = (whole.perSecond / bare.perSecond).toFixed(2);
    console.log(`bare undici ${describeMeasured(bare)}   callAll ${describeMeasured(whole)}   ratio ${ratio}`);
  }
  const speed = spreadOf(measured.map(({ bare, whole }) => whole.perSecond / bare.perSecond));
  const cpu = spreadOf(measured.map(({ bare, whole }) => whole.cpuPerThousand / bare.cpuPerThousand));
  console.log(`requests/s, callAll to bare undici: ${describeSpread(speed)}; CPU a call: ${describeSpread(cpu)}`);
}

function medianOf(measured: readonly Measured[]): Measured {
  return {
    perSecond: spreadOf(measured.map(({ perSecond }) => perSecond)).median,
    cpuPerThousand: spreadOf(measured.map(({ cpuPerThousand }) => cpuPerThousand)).median,
  };
}

await main();
