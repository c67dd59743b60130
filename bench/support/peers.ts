import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Measured } from "./measure.ts";
import { describeMeasured } from "./measure.ts";

interface Peer {
  readonly name: string;
  /** In bench/peers/. */
  readonly script: string;
  /** For pip. */
  readonly packages: readonly string[];
  /** The virtual environment, apart where its packages would pull the others' versions about. */
  readonly environment: string;
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

const scripts = resolve(import.meta.dirname, "../peers");

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

function pythonOf(environment: string): string {
  return join(environment, "bin/python");
}

/** Null where it is there. */
function installPeer({ script, packages, environment }: Peer): string | null {
  const python = pythonOf(environment);
  if (!existsSync(python)) {
    const made = spawnSync("python3", ["-m", "venv", environment], { encoding: "utf8" });
    if (made.status !== 0) {
      rmSync(environment, { recursive: true, force: true });
      return `python3 -m venv failed: ${lastLine(made)}`;
    }
  }
  const probe = spawnSync(python, ["-B", join(scripts, script), "--probe"], { encoding: "utf8" });
  if (probe.status === 0) return null;
  console.log(`installing ${packages.join(", ")} ...`);
  const pip = spawnSync(python, ["-m", "pip", "install", "-q", ...packages], { encoding: "utf8", timeout: 600_000 });
  return pip.status === 0 ? null : `pip install ${packages.join(" ")} failed: ${lastLine(pip)}`;
}

function lastLine({ stderr, error }: SpawnSyncReturns<string>): string {
  return error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
}

interface PeerReport {
  readonly answered: number;
  readonly calls: number;
  readonly seconds: number;
  readonly cpu_seconds: number;
}

/** Its figures, or why there are none. The last line of its stdout is its report. */
async function runPeer({ script, environment }: Peer, args: readonly string[]): Promise<Measured | string> {
  const child = spawn(pythonOf(environment), [join(scripts, script), ...args], {
    cwd: environment,
    // None of this machine's keys or settings, and nothing written into its home or beside the scripts.
    env: { PATH: process.env.PATH, HOME: environment, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 300_000,
  });
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((done) => child.once("close", done)),
  ]);
  if (code !== 0) return `it ended with ${code}: ${stderr.trim().split("\n").at(-1) ?? ""}`;
  const { answered, calls, seconds, cpu_seconds } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as PeerReport;
  if (answered !== calls) return `it answered ${answered} of ${calls}`;
  return { perSecond: calls / seconds, cpuPerThousand: cpu_seconds / (calls / 1000) };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}
