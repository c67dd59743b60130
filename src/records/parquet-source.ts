import { resolve } from "node:path";
import type { DuckDBDataChunk, DuckDBResult, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { DataError, errorMessage, NexaError, toSafeLine } from "../core/index.ts";
import { assertFile } from "./byte-blocks.ts";
import { quoteName } from "./columns.ts";
import { type Database, escapeGlob, openDatabase } from "./duckdb.ts";
import { ValueError } from "./values.ts";
import { selectWholeText } from "./whole-text.ts";

const rewriteHint = "Write the file anew: run the stage that makes it, or export it again from where it came.";

export interface ParquetChunk {
  readonly rows: number;
  readonly columns: readonly (readonly DuckDBValue[])[];
}

/** An open Parquet file. */
export interface ParquetSource extends AsyncDisposable {
  readonly duckdb: Database["duckdb"];
  /** Column name -> type. */
  readonly columns: ReadonlyMap<string, DuckDBType>;
  /** The rows in their order, at most 2,048 at once, as one array of values for each named column. */
  chunks(columns: readonly string[]): AsyncIterable<ParquetChunk>;
  /** Whether the column has anything but nulls. */
  hasValues(column: string): Promise<boolean>;
  /** By the file's footer. */
  countRows(): Promise<number>;
}

/** @throws DataError for a file that is missing or no Parquet. */
export async function openParquet(path: string, file: string): Promise<ParquetSource> {
  await assertFile(path, file);
  // More threads would read as many row groups ahead, and rows come in their order all the same.
  const database = await openDatabase({ threads: 1 });
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
      hasValues: async (name) => {
        const result = await query("1", `WHERE ${quoteName(name)} IS NOT NULL LIMIT 1`).catch((error) => {
          throw explainParquetError(error, file);
        });
        return (await result.getRows()).length > 0;
      },
      countRows: async () => {
        const sql = "SELECT sum(num_rows)::DOUBLE FROM parquet_file_metadata($1)";
        const result = await connection.runAndReadAll(sql, [escapeGlob(resolve(path))]);
        return Number(result.getRows()[0]?.[0] ?? 0);
      },
      chunks: (names) => readChunks(() => query(names.map(select).join(", "), ""), file),
      [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
    };
  } catch (error) {
    database[Symbol.dispose]();
    throw explainParquetError(error, file);
  }
}

async function* readChunks(query: () => Promise<DuckDBResult>, file: string): AsyncGenerator<ParquetChunk> {
  let next: Promise<DuckDBDataChunk | null> = Promise.resolve(null);
  try {
    const result = await query();
    next = result.fetchChunk();
    for (let chunk = await next; chunk !== null && chunk.rowCount > 0; chunk = await next) {
      // It is read while this one is worked on.
      next = result.fetchChunk();
      next.catch(() => undefined);
      yield { rows: chunk.rowCount, columns: chunk.getColumns() };
    }
  } catch (error) {
    throw explainParquetError(error, file);
  } finally {
    // Before the database is closed under it.
    await next.catch(() => undefined);
  }
}

/** The error for a file that DuckDB cannot read; an error of ours is returned as it is. */
export function explainParquetError(error: unknown, file: string): NexaError {
  if (error instanceof NexaError) return error;
  const message = toSafeLine(errorMessage(error).split("\n")[0] ?? "");
  const { problem, code, hint } = explanations.find(({ pattern }) => pattern.test(message)) ?? damaged;
  return new DataError(`${problem}: ${message}`, { file, code, hint, cause: error });
}

const damaged = {
  problem: "not a whole Parquet file",
  code: "bad_parquet",
  hint: `It was cut, damaged, or is another kind of file. ${rewriteHint}`,
};

/** Of DuckDB's messages that say nothing against the file's form. */
const explanations = [
  {
    pattern: /not valid UTF-?8/i,
    problem: "a text in it is not UTF-8",
    code: "not_utf8",
    hint: "Export it again with texts as UTF-8.",
  },
  {
    pattern: /^Out of Memory Error/,
    problem: "its rows are too long for the memory that reading may take",
    code: "out_of_memory",
    hint: "Leave out the longest rows, or write the file with smaller row groups.",
  },
  {
    pattern: /^(?:Binder|Catalog|Conversion|Out of Range|Parser) Error/,
    problem: "what is asked of its columns cannot be worked out",
    code: "bad_expression",
    hint: "Check the SQL expressions of `rules` in filters.yaml against the file's columns.",
  },
];

/** Names file and row of a value that does not fit its column; any other error is returned as it is. */
export function explainValue(error: unknown, { file, row }: { file: string; row: number }): unknown {
  if (!(error instanceof ValueError)) return error;
  return new DataError(toSafeLine(error.message), { file, row, code: "wrong_value", hint: rewriteHint, cause: error });
}
