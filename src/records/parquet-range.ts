import { resolve } from "node:path";
import type { DuckDBDataChunk, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { CancelledError } from "../core/index.ts";
import { assertFile } from "./byte-blocks.ts";
import { quoteName } from "./columns.ts";
import { type Database, type DuckDB, escapeGlob, openDatabase } from "./duckdb.ts";
import { explainParquetError } from "./parquet-source.ts";
import { toPlainNumber, toPlainValue } from "./values.ts";
import { selectWholeText } from "./whole-text.ts";

/** One value to read of each row. */
export interface RangeColumn {
  /** For errors alone: two may be equal. */
  readonly name: string;
  /** An SQL expression over the file's columns. */
  readonly sql: string;
}

/** Rows that follow each other in the file, at most 2,048. */
export interface RangeChunk {
  /** 0-based number in the file. */
  readonly firstRow: number;
  readonly rows: number;
  /** One array of `rows` values for each column asked for, in that order; values are as JSON would hold them. */
  readonly columns: readonly (readonly unknown[])[];
}

export interface ReadRangeOptions {
  /** The name that errors use. */
  readonly file: string;
  readonly columns: readonly RangeColumn[];
  /** 0-based number of the first row. */
  readonly from: number;
  /** The row to stop before. */
  readonly to: number;
  /** Most memory that DuckDB takes for its own work, e.g. "512MB". */
  readonly memoryLimit?: string | undefined;
  /** Looked at before each chunk. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Some of a Parquet file's rows by their numbers, in their order, as columns: on one thread, which reads those row groups alone that hold
 * them, so that several may share a file. Text is whole, a byte order mark at its start included.
 * @throws DataError naming the file where it is missing, no whole Parquet, or holds text that is not UTF-8.
 */
export async function* readParquetRange(path: string, options: ReadRangeOptions): AsyncGenerator<RangeChunk> {
  const { file, columns, from, to, memoryLimit, signal } = options;
  if (to <= from) return;
  await assertFile(path, file);
  using database = await openDatabase({ threads: 1, memoryLimit });
  try {
    const types = await typesOf(path, { columns, database });
    const names = columns.map((_, index) => columnName(index));
    const texts = names.map((name, index) => selectWholeText(name, types[index] as DuckDBType, database.duckdb));
    const range = `${selectRange(columns)} WHERE ${rowNumber} BETWEEN ${from} AND ${to - 1}`;
    const sql = `SELECT ${[...texts, rowNumber].join(", ")} FROM (${range})`;
    const result = await database.connection.stream(sql, [escapeGlob(resolve(path))]);
    const readers = types.map((type) => columnReader(type, database.duckdb));
    for await (const chunk of result) {
      if (signal?.aborted === true) throw new CancelledError();
      yield toRange(chunk, readers);
    }
  } catch (error) {
    throw explainParquetError(error, file);
  }
}

const rowNumber = "file_row_number";

function columnName(index: number): string {
  return `column${index}`;
}

/** The line end closes a comment that an expression may end with. */
function selectRange(columns: readonly RangeColumn[]): string {
  const values = columns.map(({ sql }, index) => `(${sql}\n) AS ${quoteName(columnName(index))}`);
  return `SELECT ${[...values, rowNumber].join(", ")} FROM read_parquet($1, file_row_number = true, hive_partitioning = false, binary_as_string = true)`;
}

async function typesOf(
  path: string,
  { columns, database }: { columns: readonly RangeColumn[]; database: Database },
): Promise<readonly DuckDBType[]> {
  const head = await database.connection.run(`${selectRange(columns)} LIMIT 0`, [escapeGlob(resolve(path))]);
  return columns.map((_, index) => head.columnType(index));
}

type ColumnReader = (values: DuckDBValue[]) => readonly unknown[];

/** How a column's values become plain: those of most types are so already. */
function columnReader(type: DuckDBType, duckdb: DuckDB): ColumnReader {
  const { BOOLEAN, VARCHAR, INTEGER, DOUBLE, FLOAT, BIGINT, UBIGINT } = duckdb.DuckDBTypeId;
  if ([BOOLEAN, VARCHAR, INTEGER, DOUBLE, FLOAT].includes(type.typeId)) return (values) => values;
  if ([BIGINT, UBIGINT].includes(type.typeId))
    return (values) => values.map((value) => (value === null ? null : toPlainNumber(value as bigint)));
  return (values) => values.map(toPlainValue);
}

function toRange(chunk: DuckDBDataChunk, readers: readonly ColumnReader[]): RangeChunk {
  const firstRow = Number(chunk.getColumnVector(readers.length).getItem(0));
  const columns = readers.map((read, index) => read(chunk.getColumnValues(index)));
  return { firstRow, rows: chunk.rowCount, columns };
}
