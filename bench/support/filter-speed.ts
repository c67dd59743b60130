import { join } from "node:path";
import { benchFolder, makeLines, makeRows, meanAnswerBytes } from "./filter-data.ts";
import { type FilterPeer, filterPeers, preparePeer, runFilterPeer } from "./filter-peers.ts";
import { defaultRules, fourRules, keptRowsOf, makeFilterProject, runFilter } from "./filter-project.ts";
import { compareKept } from "./kept-rows.ts";
import { spreadOf } from "./measure.ts";

export interface CompareSpeedOptions {
  readonly rows: number;
  readonly rounds: number;
  /** Whether Python's are measured too. */
  readonly peers: boolean;
  /** A checkout of the Python original. */
  readonly original: string | undefined;
}

/** One contestant's runs. */
interface Entry {
  readonly name: string;
  readonly run: () => Promise<Run>;
  readonly runs: Run[];
}

interface Run {
  readonly rows: number;
  readonly seconds: number;
  readonly innerSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** All contestants in turn, round by round; what the peers keep is held against what the gate keeps with the same rules. */
export async function compareSpeed(options: CompareSpeedOptions): Promise<void> {
  const { rows, rounds } = options;
  const rowsPath = await makeRows(rows);
  const bytes = Math.round(await meanAnswerBytes(rowsPath));
  console.log(`${rows.toLocaleString("en-US")} rows, ${bytes} bytes an answer, ${rounds} rounds, medians`);
  const own = await makeFilterProject(join(benchFolder, "four-rules"), { rowsPath, rows, setup: fourRules });
  const whole = await makeFilterProject(join(benchFolder, "default"), { rowsPath, rows, setup: defaultRules });
  const entries: Entry[] = [
    {
      name: "nexa filter, the original's four rules",
      runs: [],
      run: async () => ({ rows, ...(await runFilter(own)) }),
    },
    { name: "nexa filter, default set, no judge", runs: [], run: async () => ({ rows, ...(await runFilter(whole)) }) },
  ];
  const kept = keptRowsOf(own);
  if (options.peers) entries.push(...(await peerEntries({ ...options, rowsPath, kept })));
  for (let round = 0; round < rounds; round++) for (const { run, runs } of entries) runs.push(await run());
  printTable(entries);
}

async function peerEntries(
  options: CompareSpeedOptions & { readonly rowsPath: string; readonly kept: string },
): Promise<Entry[]> {
  const { rows, rowsPath, original, kept } = options;
  const linesPath = await makeLines(rowsPath);
  const present = filterPeers.filter((peer) => {
    const missing = preparePeer(peer, original);
    if (missing !== null) console.log(`${peer.name}: not measured: ${missing}`);
    return missing === null;
  });
  return present.map((peer) => ({
    name: peer.name,
    runs: [],
    run: async () => {
      const run = await runFilterPeer(peer, {
        rowsPath,
        linesPath,
        rows,
        ...(original === undefined ? {} : { original }),
      });
      await assertSameRows(peer, { ours: kept, theirs: run });
      return run;
    },
  }));
}

/** The rules are the same and so are the rows that they keep, or the figures compare different work. */
async function assertSameRows(
  { name }: FilterPeer,
  { ours, theirs }: { readonly ours: string; readonly theirs: { readonly kept: string; readonly rows: number } },
): Promise<void> {
  const { count, examples } = await compareKept(ours, theirs);
  if (count > 0) throw new Error(`${name} decides ${count} rows differently, among them ${examples.join(", ")}`);
}

function printTable(entries: readonly Entry[]): void {
  const [own] = entries;
  if (own === undefined) return;
  const median = ({ runs }: Entry, value: (run: Run) => number): number => spreadOf(runs.map(value)).median;
  const work = (run: Run): number => run.rows / run.innerSeconds;
  const process = (run: Run): number => run.rows / run.seconds;
  const cpu = (run: Run): number => (run.cpuSeconds * 1e6) / run.rows;
  const header = [
    "",
    "rows/s, work",
    "rows/s, process",
    "CPU µs a row",
    "ours to it: work",
    "process",
    "CPU",
    "peak MiB",
    "rows",
  ];
  const lines = entries.map((entry) => [
    entry.name,
    whole(median(entry, work)),
    whole(median(entry, process)),
    median(entry, cpu).toFixed(1),
    (median(own, work) / median(entry, work)).toFixed(2),
    (median(own, process) / median(entry, process)).toFixed(2),
    (median(own, cpu) / median(entry, cpu)).toFixed(2),
    whole(spreadOf(entry.runs.map(({ peakBytes }) => peakBytes / 2 ** 20)).max),
    whole(entry.runs[0]?.rows ?? 0),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...lines].map((line) => (line[column] ?? "").length)));
  for (const line of [header, ...lines]) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(cells.join("  "));
  }
  console.log(
    "work: the start of the program left out; process: from its start to its end; CPU: of all its threads and children, less is better.",
  );
  console.log("ours: the four rules.");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
