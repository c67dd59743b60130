import { resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type AppendContext, appendRows } from "../../records/append-rows.ts";
import { type Column, double, integer, list, nullable, quoteName, sqlType, text } from "../../records/columns.ts";
import { type Database, escapeGlob, openDatabase } from "../../records/duckdb.ts";
import { filteredSchema, rejectionSchema } from "../../records/index.ts";
import { chooseGroupRows } from "../../records/parquet-groups.ts";
import type { RowEdit, RowFailure, RowFlags } from "./check-rows.ts";
import type { VerdictColumns } from "./verdict-columns.ts";

/** What the gate finds out about rows, by number: kept outside JavaScript's memory until it is joined with them. */
export interface GateStore extends Disposable {
  addFailure(failure: RowFailure): void;
  addEdit(edit: RowEdit): void;
  addFlags(flags: RowFlags): void;
  addVerdict(verdict: StoredVerdict): void;
  /** Ends the adding. Writes all kept and all other rows as Parquet, in the input's order. */
  write(paths: GatePaths): Promise<void>;
  /** Ends the adding. A few rows by their numbers, without the answers that are not to be shown: those with a secret or personal data. */
  readRows(rows: readonly number[]): Promise<ReadonlyMap<number, StoredRow>>;
  /** Dollars that the input's answers cost. */
  sumCost(): Promise<number>;
}

export interface StoredVerdict extends VerdictColumns {
  /** 0-based number in the input. */
  readonly row: number;
}

export interface StoredRow {
  readonly id: string;
  readonly sample: number;
  readonly answer: string | null;
}

export interface GatePaths {
  /** Null where no row is kept: no file is made then. */
  readonly kept: string | null;
  readonly rejections: string;
}

const tables = {
  failures: { row: integer, place: integer, reason: text, detail: text },
  edits: { row: integer, answer: text },
  flags: { row: integer, flags: list(text) },
  verdicts: {
    row: integer,
    judge_score: nullable(double),
    judge: nullable(text),
    judge_scores: nullable(text),
    judge_rationale: nullable(text),
    safety_flags: list(text),
  },
} satisfies Record<string, Record<string, Column>>;

/** Beyond it DuckDB writes to its folder for temporary files. */
const memoryLimit = "512MB";

/** Opens an empty store for an input of `rows` rows, a Parquet file of teacher outputs at `path`. */
export async function openGateStore({
  path,
  rows,
}: {
  readonly path: string;
  readonly rows: number;
}): Promise<GateStore> {
  const database = await openDatabase({ threads: 1, memoryLimit });
  const { connection } = database;
  const input = escapeGlob(resolve(path));
  const failures = await createTable(database, "failures");
  const edits = await createTable(database, "edits");
  const flags = await createTable(database, "flags");
  const verdicts = await createTable(database, "verdicts");
  const endAdding = (): void => {
    for (const table of [failures, edits, flags, verdicts]) table.end();
  };
  return {
    addFailure: (failure) => failures.add(failure),
    addEdit: (edit) => edits.add(edit),
    addFlags: (ofRow) => flags.add(ofRow),
    addVerdict: (verdict) => verdicts.add(verdict),
    async write({ kept, rejections }) {
      endAdding();
      await connection.run(gatedSql(rows));
      await assertCount(connection, rows);
      const groupRows = await chooseGroupRows(connection, path);
      // The joined texts are never to become the hash table.
      await connection.run("SET disabled_optimizers = 'join_order,build_side_probe_side'");
      // A connection for each, so that both are written at once; each on one thread, so that the order is the input's.
      using second = await openConnection(database);
      await Promise.all([
        kept === null ? null : connection.run(copySql("kept", groupRows), [input, kept]),
        second.connection.run(copySql("rejections", groupRows), [input, rejections]),
      ]);
    },
    readRows(numbers) {
      endAdding();
      return readRows(numbers, { connection, input });
    },
    async sumCost() {
      const sql = "SELECT coalesce(sum(cost_usd), 0)::DOUBLE FROM read_parquet($1, hive_partitioning = false)";
      return Number((await (await connection.run(sql, [input])).getRows())[0]?.[0] ?? 0);
    },
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
}

interface TableWriter {
  add(row: object): void;
  /** May be called again. */
  end(): void;
}

const blockRows = 1024;

async function createTable(database: Database, name: keyof typeof tables): Promise<TableWriter> {
  const columns = Object.entries<Column>(tables[name]);
  const definitions = columns.map(([column, type]) => `${quoteName(column)} ${sqlType(type)}`).join(", ");
  await database.connection.run(`CREATE TABLE ${name} (${definitions})`);
  const appender = await database.connection.createAppender(name);
  const context: AppendContext = { appender, columns, database, file: name, firstRow: 1 };
  let block: Record<string, unknown>[] = [];
  let isOpen = true;
  const flush = (): void => {
    if (block.length > 0) appendRows(block, context);
    block = [];
  };
  return {
    add(row) {
      block.push(row as Record<string, unknown>);
      if (block.length === blockRows) flush();
    },
    end() {
      if (!isOpen) return;
      isOpen = false;
      flush();
      appender.closeSync();
    },
  };
}

/** A second verdict on a row would move all the rows after it. */
async function assertCount(connection: DuckDBConnection, rows: number): Promise<void> {
  const found = Number((await (await connection.run("SELECT count(*) FROM gated")).getRows())[0]?.[0]);
  if (found !== rows) throw new Error(`The gate decided on ${found} rows, and the input has ${rows}`);
}

async function openConnection({ connect }: Database): Promise<Disposable & { connection: DuckDBConnection }> {
  const connection = await connect();
  return { connection, [Symbol.dispose]: () => connection.closeSync() };
}

/** One row for each of the input's, in its order: what POSITIONAL JOIN needs. Codes hold nothing that JSON would have to escape. */
function gatedSql(rows: number): string {
  return `CREATE TABLE gated AS
    SELECT row, judge_score, judge, judge_scores, judge_rationale, answer, reasons, reason_details,
      list_sort(list_distinct(coalesce(flags, []) || coalesce(safety_flags, []))) AS safety_flags
    FROM range(${rows}) numbers(row)
    LEFT JOIN (
      SELECT row, list(reason ORDER BY place) AS reasons,
        '{' || string_agg('"' || reason || '":' || detail, ',' ORDER BY place) || '}' AS reason_details
      FROM failures GROUP BY row
    ) USING (row)
    LEFT JOIN verdicts USING (row)
    LEFT JOIN edits USING (row)
    LEFT JOIN flags USING (row)
    ORDER BY row`;
}

const gatedColumns: Readonly<Record<string, string>> = {
  teacher_output: "coalesce(gated.answer, input.teacher_output)",
  judge_score: "gated.judge_score",
  judge: "gated.judge",
  judge_scores: "gated.judge_scores",
  judge_rationale: "gated.judge_rationale",
  safety_flags: "gated.safety_flags",
  reasons: "gated.reasons",
  reason_details: "gated.reason_details",
};

const byPosition =
  "(SELECT * FROM read_parquet($1, hive_partitioning = false, binary_as_string = true)) input POSITIONAL JOIN gated";

/** POSITIONAL JOIN would gather the few rows of small chunks into full ones, fifty megabytes each perhaps. One thread keeps the order here. */
const byNumber =
  "read_parquet($1, file_row_number = true, hive_partitioning = false, binary_as_string = true) input " +
  "JOIN gated ON input.file_row_number = gated.row";

/** Rows that DuckDB works on at once. */
const vectorRows = 2048;

function copySql(part: "kept" | "rejections", groupRows: number): string {
  const schema = part === "kept" ? filteredSchema : rejectionSchema;
  const columns = Object.entries<Column>(schema.columns).map(([name, column]) => {
    // What was taken out of a rejected answer is in it still: the rejections hold the whole row.
    const isOriginal = part === "rejections" && name === "teacher_output";
    const sql = isOriginal ? undefined : gatedColumns[name];
    return `CAST(${sql ?? `input.${quoteName(name)}`} AS ${sqlType(column)}) AS ${quoteName(name)}`;
  });
  const condition = `gated.reasons IS ${part === "kept" ? "" : "NOT "}NULL`;
  return `COPY (
      SELECT ${columns.join(", ")}
      FROM ${groupRows < vectorRows ? byNumber : byPosition} WHERE ${condition}
    ) TO $2 (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${groupRows})`;
}

async function readRows(
  numbers: readonly number[],
  { connection, input }: { connection: DuckDBConnection; input: string },
): Promise<Map<number, StoredRow>> {
  if (numbers.length === 0) return new Map();
  const sql = `WITH private_rows AS (
      SELECT row FROM edits UNION ALL SELECT row FROM failures WHERE reason IN ('secret', 'personal_data')
    )
    SELECT file_row_number, id, sample,
      CASE WHEN file_row_number NOT IN (SELECT row FROM private_rows) THEN chr(65279) || teacher_output END
    FROM read_parquet($1, file_row_number = true, hive_partitioning = false, binary_as_string = true)
    WHERE file_row_number IN (${numbers.map(Number).join(", ")})`;
  const rows = await (await connection.run(sql, [input])).getRows();
  return new Map(
    rows.map(([row, id, sample, answer]) => [
      Number(row),
      { id: String(id), sample: Number(sample), answer: answer === null ? null : String(answer) },
    ]),
  );
}
