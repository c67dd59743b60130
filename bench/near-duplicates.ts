/**
 * Near-duplicates: fingerprints by two worker threads, as in the gate, and the search; rows a second, peak memory, and how many planted
 * near-duplicates are found, by kind. With --peers datatrove's MinHash does the same rows with the same bands, rows and shingles.
 * Usage: node bench/near-duplicates.ts [--rows 200000] [--threshold 0.8] [--peers] [--peer-rows 20000]
 */
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { configDocuments, type FiltersConfig } from "../src/config/index.ts";
import { createFingerprintStore, findDuplicates } from "../src/stages/filter/duplicates/index.ts";
import { describePairs, type Outcome, reportRecall } from "./support/planted-report.ts";
import { plantedRows, writeShards } from "./support/planted-rows.ts";
import { runProcess } from "./support/process-tree.ts";
import { installPeer, lastLine, type PythonPeer, peerCommand } from "./support/python-peer.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "200000" },
    threshold: { type: "string" },
    peers: { type: "boolean", default: false },
    "peer-rows": { type: "string", default: "20000" },
    /** Of its own: the measured process itself. */
    measure: { type: "string" },
  },
});
const threads = 2;
const { duplicates } = configDocuments.filters.schema.parse({}) as FiltersConfig;
const near = { ...duplicates.near, threshold: Number(values.threshold ?? duplicates.near.threshold) };
const config = { ...duplicates, near };

interface Measured {
  readonly seconds: number;
  readonly searchSeconds: number;
  /** Id of a row, of its original. */
  readonly pairs: readonly [string, string][];
}

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nexa-bench-duplicates-"));
  try {
    const rows = Number(values.rows);
    const { bands, band_rows, shingle_words, threshold } = near;
    console.log(
      `${bands} bands of ${band_rows}, ${shingle_words}-word shingles, similarity from ${threshold} on; ${threads} threads`,
    );
    const ours = await runOurs(folder, rows);
    reportRecall("nexa", ours);
    if (!values.peers) return;
    const peerRows = Math.min(rows, Number(values["peer-rows"]));
    const beside = peerRows === rows ? ours : await runOurs(folder, peerRows);
    if (beside !== ours) reportRecall("nexa", beside);
    const peer = await runPeer(folder, peerRows);
    if (typeof peer === "string") return console.log(`datatrove not measured: ${peer}`);
    reportRecall("datatrove", peer);
    const ratio = (outcome: Outcome): string =>
      ((outcome.rows / outcome.seconds) * (peer.seconds / peer.rows)).toFixed(0);
    console.log(`nexa does ${ratio(beside)} times datatrove's rows a second on the same rows`);
    if (beside !== ours)
      console.log(
        `and ${ratio(ours)} times with ${rows.toLocaleString("en-US")} rows against ${peerRows.toLocaleString("en-US")}`,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function makeShards(folder: string, rows: number): Promise<string> {
  const shards = join(folder, `rows-${rows}`);
  if ((await mkdir(shards, { recursive: true })) !== undefined) await writeShards(shards, rows, threads);
  return shards;
}

/** In a process of its own, for its memory. */
async function runOurs(folder: string, rows: number): Promise<Outcome> {
  const shards = await makeShards(folder, rows);
  const args = [
    import.meta.filename,
    "--measure",
    shards,
    "--rows",
    String(rows),
    "--threshold",
    String(near.threshold),
  ];
  const run = await runProcess(process.execPath, args, { cwd: process.cwd(), env: process.env });
  if (run.code !== 0) throw new Error(`The measured process ended with ${run.code}: ${run.stderr}`);
  const { seconds, searchSeconds, pairs } = JSON.parse(lastLine(run.stdout)) as Measured;
  console.log(
    `\nnexa: fingerprints ${(seconds - searchSeconds).toFixed(2)} s with reading, search ${searchSeconds.toFixed(2)} s; ${describePairs(pairs, { rows, size: near.shingle_words, threshold: near.threshold })}`,
  );
  return { removed: new Set(pairs.map(([id]) => id)), rows, seconds, peakBytes: run.peakBytes };
}

async function measure(shards: string, rows: number): Promise<Measured> {
  const store = await createFingerprintStore({ rows, config, dir: "." });
  const ids: string[] = [];
  const startedAt = performance.now();
  const file = new URL("support/fingerprint-worker.ts", import.meta.url);
  await Promise.all(
    Array.from({ length: threads }, async (_, shard) => {
      let firstRow = Math.ceil((shard * rows) / threads);
      const worker = new Worker(file, { workerData: { path: join(shards, `shard-${shard}.jsonl`), config } });
      worker.on("message", (message) => {
        if (message === null) return;
        store.put(firstRow, message.block);
        for (const id of message.ids) ids[firstRow++] = id;
      });
      const [code] = await once(worker, "exit");
      if (code !== 0) throw new Error(`A thread ended with ${code}`);
    }),
  );
  const searchedAt = performance.now();
  const scores = new Float64Array(rows).fill(Number.NaN);
  const { original } = findDuplicates(store, { scores, admissible: new Uint8Array(rows).fill(1) });
  const endedAt = performance.now();
  const pairs: [string, string][] = [];
  for (const [row, other] of original.entries()) if (other >= 0) pairs.push([ids[row] ?? "", ids[other] ?? ""]);
  return { seconds: (endedAt - startedAt) / 1000, searchSeconds: (endedAt - searchedAt) / 1000, pairs };
}

const peer: PythonPeer = {
  name: "datatrove",
  script: "near_duplicates_datatrove.py",
  packages: ["datatrove[io,processing]", "orjson", "spacy"],
  environment: join(tmpdir(), "nexa-bench-peers-near-duplicates"),
};

async function runPeer(folder: string, rows: number): Promise<Outcome | string> {
  const fault = installPeer(peer);
  if (fault !== null) return fault;
  const out = join(folder, "datatrove");
  const settings = [near.bands, near.band_rows, near.shingle_words].map(String);
  const shards = await makeShards(folder, rows);
  const { command, args, options } = peerCommand(peer, [shards, out, ...settings]);
  const { code, stdout, stderr, peakBytes } = await runProcess(command, args, { ...options, timeoutMs: 3_600_000 });
  if (code !== 0) return `it ended with ${code}: ${lastLine(stderr)}`;
  const { seconds } = JSON.parse(lastLine(stdout)) as { seconds: number };
  const removed = new Set(plantedRows(rows).map(({ id }) => id));
  for (const name of readdirSync(join(out, "kept"))) {
    const lines = readFileSync(join(out, "kept", name), "utf8")
      .trimEnd()
      .split("\n");
    for (const line of lines) removed.delete((JSON.parse(line) as { id: string }).id);
  }
  return { removed, rows, seconds, peakBytes };
}

if (values.measure === undefined) await compare();
else console.log(JSON.stringify(await measure(values.measure, Number(values.rows))));
