import { resolve } from "node:path";
import type { DuckDBAppender } from "@duckdb/node-api";
import { replaceFileAtomic } from "../core/index.ts";
import { type Column, quoteName, type RowSchema, sqlType } from "./columns.ts";
import { type Database, openDatabase } from "./duckdb.ts";
import { explainValue } from "./parquet-source.ts";
import { encodeValue } from "./values.ts";

export interface WriteParquetOptions<Row> {
  readonly schema: RowSchema<Row>;
  readonly rows: Iterable<Row> | AsyncIterable<Row>;
  /** The name that errors use; the path itself when left out. */
  readonly projectPath?: string | undefined;
}

/**
 * Writes rows as Parquet (zstd), atomically, in their order; equal rows give equal bytes. Text comes back byte for byte, NUL included; the
 * one exception is half a surrogate pair, which no UTF-8 file can hold: it becomes U+FFFD. Returns the number of rows.
 * @throws DataError naming row and column for a value outside its column's type.
 */
export async function writeParquet<Row>(path: string, options: WriteParquetOptions<Row>): Promise<number> {
  const { schema, rows, projectPath = path } = options;
  const columns = Object.entries<Column>(schema.columns);
  const definitions = columns.map(([name, column]) => `${quoteName(name)} ${sqlType(column)}`).join(", ");
  let count = 0;
  await replaceFileAtomic(resolve(path), async (temporaryPath) => {
    using database = await openDatabase();
    await database.connection.run(`CREATE TABLE rows (${definitions})`);
    const appender = await database.connection.createAppender("rows");
    for await (const block of inBlocks(rows, chunkRows)) {
      appendBlock(block as Record<string, unknown>[], {
        appender,
        columns,
        database,
        file: projectPath,
        firstRow: count + 1,
      });
      count += block.length;
    }
    appender.closeSync();
    await database.connection.run("COPY rows TO $1 (FORMAT parquet, COMPRESSION zstd)", [temporaryPath]);
  });
  return count;
}

/** Rows in one data chunk: the most that DuckDB takes. Chunks are several times faster than single rows. */
const chunkRows = 2048;

async function* inBlocks<Row>(rows: Iterable<Row> | AsyncIterable<Row>, size: number): AsyncGenerator<Row[]> {
  let block: Row[] = [];
  for await (const row of rows) {
    block.push(row);
    if (block.length < size) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}

interface AppendContext {
  readonly appender: DuckDBAppender;
  readonly columns: readonly (readonly [string, Column])[];
  readonly database: Database;
  readonly file: string;
  /** 1-based number of the block's first row. */
  readonly firstRow: number;
}

function appendBlock(rows: readonly Record<string, unknown>[], context: AppendContext): void {
  const { appender, columns, database, file, firstRow } = context;
  const { duckdb } = database;
  const types = columns.map((_, index) => appender.columnType(index));
  const chunk = duckdb.DuckDBDataChunk.create(types, rows.length);
  columns.forEach(([place, column], columnIndex) => {
    const values = rows.map((row, index) => {
      try {
        return encodeValue(row[place], column, { duckdb, place });
      } catch (error) {
        throw explainValue(error, { file, row: firstRow + index });
      }
    });
    chunk.setColumnValues(columnIndex, values);
  });
  appender.appendDataChunk(chunk);
}
