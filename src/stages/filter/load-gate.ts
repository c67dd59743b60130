import { resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { DataError, toSafeLine } from "../../core/index.ts";
import { assertFile } from "../../records/byte-blocks.ts";
import { escapeGlob } from "../../records/duckdb.ts";
import { explainParquetError } from "../../records/parquet-source.ts";

/** A gate is its two files. */
export interface GateFiles {
  readonly kept: string;
  readonly rejections: string;
}

interface GateFile {
  readonly path: string;
  /** SQL expressions for what became of a row, and why. */
  readonly state: string;
  readonly reasons: string;
  /** Columns that it must have, with their types. */
  readonly columns: Readonly<Record<string, RegExp>>;
}

const text = /^VARCHAR$/;
const whole = /^U?(?:TINY|SMALL|BIG)?INT(?:EGER)?$/;
const identity = { id: text, sample: whole };

/** Reads what a comparison needs of a gate's two files into a table: id, sample, judge_score, state, reasons. Texts stay where they are. */
export async function loadGate(
  connection: DuckDBConnection,
  { table, files }: { readonly table: string; readonly files: GateFiles },
): Promise<void> {
  await connection.run(`
    CREATE TEMP TABLE ${table} (id VARCHAR, sample INTEGER, judge_score DOUBLE, state ENUM ('kept', 'rejected', 'unjudged'), reasons VARCHAR[])`);
  const kept = { path: files.kept, state: "'kept'", reasons: "[]", columns: identity };
  const rejections = {
    path: files.rejections,
    // What is rejected for another reason besides is rejected.
    state: "CASE WHEN reasons = ['unjudged'] THEN 'unjudged' ELSE 'rejected' END",
    reasons: "reasons",
    columns: { ...identity, reasons: /^VARCHAR\[\]$/ },
  };
  for (const file of [kept, rejections]) await loadFile(connection, { table, file });
}

async function loadFile(
  connection: DuckDBConnection,
  { table, file }: { readonly table: string; readonly file: GateFile },
): Promise<void> {
  const { path, state, reasons } = file;
  await assertFile(path, path);
  const source = "FROM read_parquet($1, hive_partitioning = false)";
  const values = [escapeGlob(resolve(path))];
  try {
    const head = await connection.runAndReadAll(`SELECT * ${source} LIMIT 0`, values);
    const types = new Map(head.columnNames().map((name, index) => [name, String(head.columnType(index))]));
    checkColumns(file, types);
    // Gates without a judge may be of a stranger's making.
    const score = types.get("judge_score") === undefined ? "NULL" : "judge_score";
    await connection.run(`INSERT INTO ${table} SELECT id, sample, ${score}, ${state}, ${reasons} ${source}`, values);
  } catch (error) {
    throw explainParquetError(error, path);
  }
}

function checkColumns({ path, columns }: GateFile, types: ReadonlyMap<string, string>): void {
  for (const [name, expected] of Object.entries(columns)) {
    const type = types.get(name);
    if (type !== undefined && expected.test(type)) continue;
    const problem =
      type === undefined ? `it has no column \`${name}\`` : `its column \`${name}\` is ${toSafeLine(type)}`;
    throw new DataError(`${problem}, and so it is not a file of \`nexa filter\``, {
      file: path,
      code: "wrong_columns",
      hint: "It may be of another version: make the gate again with `nexa filter`.",
    });
  }
}
