import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { CancelledError } from "../../core/index.ts";
import { openDatabase } from "../../records/duckdb.ts";
import type { ReasonCode } from "../../records/index.ts";
import type { ChangedRow, ChangedRows, GateChanges, GateCounts } from "./gate-changes.ts";
import { type GateFiles, loadGate } from "./load-gate.ts";

export type { GateFiles } from "./load-gate.ts";

export interface CompareOptions {
  readonly before: GateFiles;
  readonly after: GateFiles;
  readonly signal?: AbortSignal | undefined;
}

const examplesEach = 5;
const memoryLimit = "256MB";

/**
 * What changed between two gates, row by row. Rows with the same id and sample are paired in the order kept, rejected, unjudged.
 * @throws DataError naming the file that is missing, cut, or lacks a column; CancelledError on the signal.
 */
export async function compareGates({ before, after, signal }: CompareOptions): Promise<GateChanges> {
  using database = await openDatabase({ memoryLimit });
  const { connection } = database;
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener("abort", interrupt);
  try {
    signal?.throwIfAborted();
    await loadGate(connection, { table: "before", files: before });
    await loadGate(connection, { table: "after", files: after });
    await pairRows(connection);
    return await readChanges(connection);
  } catch (error) {
    if (signal?.aborted) throw new CancelledError();
    throw error;
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}

/** Pairs the rows; reasons are kept only of those that are decided otherwise. */
async function pairRows(connection: DuckDBConnection): Promise<void> {
  // Numbering takes as long as all the rest, and rows of one name are rare.
  const [before, after] = (await hasTwins(connection)) ? [numbered("before"), numbered("after")] : ["before", "after"];
  const isTwin = before === "before" ? "true" : "b.nth = a.nth";
  await connection.run(`
    CREATE TEMP TABLE pairs AS
    SELECT coalesce(a.id, b.id) AS id, coalesce(a.sample, b.sample) AS sample, b.state AS state_before, a.state AS state_after,
      b.judge_score AS score_before, a.judge_score AS score_after,
      CASE WHEN a.state = 'kept' AND b.state <> 'kept' THEN b.reasons
        WHEN a.state = 'rejected' AND b.state <> 'rejected'
        THEN list_filter(a.reasons, lambda reason: NOT list_contains(b.reasons, reason)) END AS reasons
    FROM ${before} b FULL JOIN ${after} a ON a.id = b.id AND a.sample = b.sample AND ${isTwin}`);
}

async function hasTwins(connection: DuckDBConnection): Promise<boolean> {
  const twins = (table: string) => `(SELECT count(*) > count(DISTINCT hash(id, sample)) FROM ${table})`;
  const [row] = await readRows(connection, `SELECT ${twins("before")} OR ${twins("after")}`);
  return row?.[0] === true;
}

function numbered(table: string): string {
  return `(SELECT *, row_number() OVER (PARTITION BY id, sample ORDER BY state) AS nth FROM ${table})`;
}

const newlyKept = "state_before <> 'kept' AND state_after = 'kept'";
const newlyRejected = "state_before <> 'rejected' AND state_after = 'rejected'";

type State = keyof GateCounts;

interface Pairing {
  readonly before: State | null;
  readonly after: State | null;
  readonly rows: number;
}

async function readChanges(connection: DuckDBConnection): Promise<GateChanges> {
  const sql = "SELECT state_before::VARCHAR, state_after::VARCHAR, count(*) FROM pairs GROUP BY ALL";
  const pairings: Pairing[] = (await readRows(connection, sql)).map(([before, after, rows]) => ({
    before: before as State | null,
    after: after as State | null,
    rows: Number(rows),
  }));
  const count = (is: (pairing: Pairing) => boolean): number =>
    pairings.filter(is).reduce((sum, { rows }) => sum + rows, 0);
  const still = (state: State): number => count(({ before, after }) => before === state && after === state);
  return {
    before: countStates((state) => count(({ before }) => before === state)),
    after: countStates((state) => count(({ after }) => after === state)),
    newlyKept: await readChanged(connection, newlyKept),
    newlyRejected: await readChanged(connection, newlyRejected),
    newlyUnjudged: count(({ before, after }) => after === "unjudged" && before !== null && before !== "unjudged"),
    stillKept: still("kept"),
    stillRejected: still("rejected"),
    stillUnjudged: still("unjudged"),
    onlyBefore: count(({ after }) => after === null),
    onlyAfter: count(({ before }) => before === null),
  };
}

function countStates(rowsOf: (state: State) => number): GateCounts {
  return { kept: rowsOf("kept"), rejected: rowsOf("rejected"), unjudged: rowsOf("unjudged") };
}

async function readChanged(connection: DuckDBConnection, condition: string): Promise<ChangedRows> {
  const [[rows] = [0]] = await readRows(connection, `SELECT count(*) FROM pairs WHERE ${condition}`);
  const reasons = await readRows(
    connection,
    `SELECT reason, count(*) AS rows FROM (SELECT unnest(reasons) AS reason FROM pairs WHERE ${condition})
     GROUP BY reason ORDER BY rows DESC, reason`,
  );
  const examples = await readRows(
    connection,
    `SELECT id, sample, score_before, score_after, to_json(coalesce(reasons, []))::VARCHAR FROM pairs WHERE ${condition}
     ORDER BY hash(id, sample), id, sample LIMIT ${examplesEach}`,
  );
  return {
    rows: Number(rows),
    reasons: new Map(reasons.map(([reason, count]) => [String(reason) as ReasonCode, Number(count)])),
    examples: examples.map(toChangedRow),
  };
}

function toChangedRow([id, sample, before, after, reasons]: readonly DuckDBValue[]): ChangedRow {
  return {
    id: String(id),
    sample: Number(sample),
    judgeScoreBefore: before as number | null,
    judgeScoreAfter: after as number | null,
    reasons: JSON.parse(String(reasons)) as ReasonCode[],
  };
}

async function readRows(connection: DuckDBConnection, sql: string): Promise<DuckDBValue[][]> {
  return (await connection.runAndReadAll(sql)).getRows();
}
