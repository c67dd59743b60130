import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Measured } from "./measure.ts";
import { describeMeasured } from "./measure.ts";
import { runProcess } from "./process-tree.ts";
import { installPeer, lastLine, type PythonPeer, peerCommand } from "./python-peer.ts";

interface Peer extends PythonPeer {
  /** Most calls, as the slow ones take minutes for more. */
  readonly mostCalls: number;
}

const common = join(tmpdir(), "nexa-bench-peers");
const peers: readonly Peer[] = [
  { name: "aiohttp, bare", script: "bare_aiohttp.py", packages: ["aiohttp"], environment: common, mostCalls: 20_000 },
  { name: "openai SDK", script: "openai_sdk.py", packages: ["openai"], environment: common, mostCalls: 4_000 },
  { name: "litellm", script: "with_litellm.py", packages: ["litellm"], environment: common, mostCalls: 4_000 },
  {
    name: "curator",
    script: "with_curator.py",
    packages: ["bespokelabs-curator"],
    environment: common,
    mostCalls: 4_000,
  },
  {
    name: "DataDesigner",
    script: "with_data_designer.py",
    packages: ["data-designer"],
    environment: `${common}-datadesigner`,
    mostCalls: 2_000,
  },
  {
    name: "distilabel",
    script: "with_distilabel.py",
    packages: ["distilabel[openai]", "requests"],
    environment: `${common}-distilabel`,
    mostCalls: 2_000,
  },
];

export interface ComparePeersOptions {
  readonly baseUrl: string;
  readonly calls: number;
  readonly concurrency: number;
  /** Against which the peers are held. */
  readonly whole: Measured;
}

/** Runs each peer with the same prompts against the same server; one that cannot be installed or fails is named with its reason. */
export async function comparePeers({ baseUrl, calls, concurrency, whole }: ComparePeersOptions): Promise<void> {
  console.log(`\nPython's clients, in virtual environments under ${tmpdir()}; imports are not counted:`);
  for (const peer of peers) {
    const installed = installPeer(peer);
    if (installed !== null) {
      console.log(`${peer.name.padEnd(14)} not measured: ${installed}`);
      continue;
    }
    const count = Math.min(calls, peer.mostCalls);
    const result = await runPeer(peer, [baseUrl, String(count), String(concurrency)]);
    if (typeof result === "string") console.log(`${peer.name.padEnd(14)} not measured: ${result}`);
    else console.log(`${peer.name.padEnd(14)} ${describeMeasured(result)}   ${compare(whole, result)}, ${count} calls`);
  }
}

function compare(whole: Measured, peer: Measured): string {
  const speed = (whole.perSecond / peer.perSecond).toFixed(1);
  const cpu = (whole.cpuPerThousand / peer.cpuPerThousand).toFixed(3);
  return `callAll: ${speed} times its requests/s, ${cpu} of its CPU a call`;
}

interface PeerReport {
  readonly answered: number;
  readonly calls: number;
  readonly seconds: number;
  readonly cpu_seconds: number;
}

/** Its figures, or why there are none. The last line of its stdout is its report. */
async function runPeer(peer: Peer, args: readonly string[]): Promise<Measured | string> {
  const { command, args: all, options } = peerCommand(peer, args);
  const { code, stdout, stderr } = await runProcess(command, all, { ...options, timeoutMs: 300_000 });
  if (code !== 0) return `it ended with ${code}: ${lastLine(stderr)}`;
  const { answered, calls, seconds, cpu_seconds } = JSON.parse(lastLine(stdout)) as PeerReport;
  if (answered !== calls) return `it answered ${answered} of ${calls}`;
  return { perSecond: calls / seconds, cpuPerThousand: cpu_seconds / (calls / 1000) };
}
