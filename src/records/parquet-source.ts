import { resolve } from "node:path";
import type { DuckDBResult, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { DataError, errorMessage, toSafeLine } from "../core/index.ts";
import { assertFile } from "./byte-blocks.ts";
import { type Database, escapeGlob, openDatabase } from "./duckdb.ts";
import { ValueError } from "./values.ts";
import { selectWholeText } from "./whole-text.ts";

const rewriteHint = "Write the file anew: run the stage that makes it, or export it again from where it came.";

/** An open Parquet file. */
export interface ParquetSource extends AsyncDisposable {
  readonly duckdb: Database["duckdb"];
  /** Column name -> type. */
  readonly columns: ReadonlyMap<string, DuckDBType>;
  rows(columns: readonly string[]): AsyncIterable<readonly DuckDBValue[]>;
}

/** @throws DataError for a file that is missing or no Parquet. */
export async function openParquet(path: string, file: string): Promise<ParquetSource> {
  await assertFile(path, file);
  const database = await openDatabase();
  const { connection } = database;
  const query = async (columns: string, suffix: string): Promise<DuckDBResult> => {
    // Writers that leave the mark for text out mean text all the same: what is not UTF-8 is an error then, and never escaped.
    const sql = `SELECT ${columns} FROM read_parquet($1, hive_partitioning = false, binary_as_string = true) ${suffix}`;
    return connection.stream(sql, [escapeGlob(resolve(path))]);
  };
  try {
    const head = await query("*", "LIMIT 0");
    const columns = new Map(head.columnNames().map((name, index) => [name, head.columnType(index)]));
    const select = (name: string) =>
      selectWholeText(name, columns.get(name) ?? database.duckdb.VARCHAR, database.duckdb);
    return {
      duckdb: database.duckdb,
      columns,
      rows: (names) => readRows(() => query(names.map(select).join(", "), ""), file),
      [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
    };
  } catch (error) {
    database[Symbol.dispose]();
    throw notParquet(file, error);
  }
}

async function* readRows(query: () => Promise<DuckDBResult>, file: string): AsyncGenerator<readonly DuckDBValue[]> {
  try {
    const result = await query();
    for await (const chunk of result.yieldRows()) yield* chunk;
  } catch (error) {
    throw notParquet(file, error);
  }
}

/** The error for a file that DuckDB cannot read. */
function notParquet(file: string, error: unknown): DataError {
  const message = errorMessage(error).split("\n")[0] ?? "";
  return new DataError(`not a whole Parquet file: ${toSafeLine(message)}`, {
    file,
    code: "bad_parquet",
    hint: `It was cut, damaged, or is another kind of file. ${rewriteHint}`,
    cause: error,
  });
}

/** Names file and row of a value that does not fit its column; any other error is returned as it is. */
export function explainValue(error: unknown, { file, row }: { file: string; row: number }): unknown {
  if (!(error instanceof ValueError)) return error;
  return new DataError(toSafeLine(error.message), { file, row, code: "wrong_value", hint: rewriteHint, cause: error });
}
