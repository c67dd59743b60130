import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchFolder } from "./filter-data.ts";
import { runProcess } from "./process-tree.ts";
import { installPeer, lastLine, type PythonPeer, peerCommand } from "./python-peer.ts";

/** A peer that applies the original's four rules. */
export interface FilterPeer extends PythonPeer {
  /** Most rows, as the slow ones take minutes for more. */
  readonly mostRows: number;
  /** What it keeps, as DuckDB names files. */
  readonly kept: string;
  readonly needsOriginal?: boolean;
}

const environment = join(tmpdir(), "nexa-bench-peers-filter");
const parquet = "kept.parquet";

export const filterPeers: readonly FilterPeer[] = [
  {
    name: "polars",
    script: "filter_polars.py",
    packages: ["polars"],
    environment,
    mostRows: 1_000_000,
    kept: parquet,
  },
  {
    name: "DuckDB alone",
    script: "filter_duckdb.py",
    packages: ["duckdb"],
    environment,
    mostRows: 1_000_000,
    kept: parquet,
  },
  {
    name: "datatrove, two workers",
    script: "filter_datatrove.py",
    packages: ["datatrove[io]", "orjson"],
    environment,
    mostRows: 200_000,
    kept: "kept-*.jsonl",
  },
  {
    name: "the Python original",
    script: "filter_original.py",
    packages: ["pyarrow"],
    environment,
    mostRows: 50_000,
    kept: parquet,
    needsOriginal: true,
  },
];

export interface PeerRun {
  readonly rows: number;
  readonly seconds: number;
  /** By its own clock, its imports not counted. */
  readonly innerSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** What it keeps, as DuckDB names files. */
  readonly kept: string;
}

/** Null where it is there, else why it is not. */
export function preparePeer(peer: FilterPeer, original: string | undefined): string | null {
  if (peer.needsOriginal && original === undefined) return "give a checkout of it by --original";
  return installPeer(peer);
}

/** @throws with the last line of its stderr where it does not end with 0. */
export async function runFilterPeer(
  peer: FilterPeer,
  {
    rowsPath,
    linesPath,
    rows,
    original = "",
  }: { rowsPath: string; linesPath: string; rows: number; original?: string },
): Promise<PeerRun> {
  const count = Math.min(rows, peer.mostRows);
  const out = join(benchFolder, peer.script.replace(".py", ""));
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const { command, args, options } = peerCommand(peer, [rowsPath, linesPath, out, String(count), original]);
  const { code, stdout, stderr, seconds, cpuSeconds, peakBytes } = await runProcess(command, args, options);
  if (code !== 0) throw new Error(`${peer.name} ended with ${code}: ${lastLine(stderr)}`);
  const { seconds: innerSeconds } = JSON.parse(lastLine(stdout)) as { seconds: number };
  return { rows: count, seconds, innerSeconds, cpuSeconds, peakBytes, kept: join(out, peer.kept) };
}
