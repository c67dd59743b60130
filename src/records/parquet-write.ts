import { mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { DuckDBAppender } from "@duckdb/node-api";
import { replaceFileAtomic } from "../core/index.ts";
import { type Column, quoteName, type RowSchema, sqlType } from "./columns.ts";
import { type Database, escapeGlob, openDatabase } from "./duckdb.ts";
import { explainValue } from "./parquet-source.ts";
import { encodeValue } from "./values.ts";

export interface WriteParquetOptions<Row> {
  readonly schema: RowSchema<Row>;
  readonly rows: Iterable<Row> | AsyncIterable<Row>;
  /** The name that errors use; the path itself when left out. */
  readonly projectPath?: string | undefined;
}

/** Rows that are handed over at once: many times faster than one at a time, and few enough that their texts are garbage while it is young. */
const blockRows = 256;

/** Row groups are of so many rows or a multiple. */
const vectorRows = 2048;

/** Vectors in a row group, at most; fewer where rows are long, as a row group takes some fifteen times its text while it is written. */
const mostVectors = 3;
const groupCharacters = 16 * 1024 * 1024;

/** By the first block, so that equal rows make equal groups. */
function rowsInGroup(block: readonly unknown[]): number {
  const vectorCharacters = (JSON.stringify(block).length / block.length) * vectorRows;
  const vectors = Math.floor(groupCharacters / vectorCharacters);
  return vectorRows * Math.max(1, Math.min(mostVectors, vectors));
}

function copyFormat(groupRows: number): string {
  return `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${groupRows}`;
}

/**
 * Writes rows as Parquet (zstd), atomically, in their order; equal rows give equal bytes. However many rows there are, those of one row
 * group are in memory. Text comes back byte for byte, NUL included; the one exception is half a surrogate pair, which no UTF-8 file can
 * hold: it becomes U+FFFD. Returns the number of rows.
 * @throws DataError naming row and column for a value outside its column's type.
 */
export async function writeParquet<Row>(path: string, options: WriteParquetOptions<Row>): Promise<number> {
  let count = 0;
  await replaceFileAtomic(resolve(path), async (temporaryPath) => {
    const folder = `${temporaryPath}.parts`;
    try {
      await mkdir(folder, { recursive: true });
      // With more threads, the order in which row groups are ready, and so the memory for those that wait, is chance.
      using database = await openDatabase({ threads: 1 });
      const writer = createPartWriter(database, { ...options, folder, path });
      for await (const block of inBlocks(options.rows, blockRows)) await writer.add(block);
      await writer.end(temporaryPath);
      count = writer.rows;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  return count;
}

interface PartWriter<Row> {
  /** So far. */
  readonly rows: number;
  /** At most `blockRows` rows. */
  add(block: readonly Row[]): Promise<void>;
  /** Puts all row groups into one file, in the rows' order. */
  end(path: string): Promise<void>;
}

function createPartWriter<Row>(
  database: Database,
  { schema, folder, path, projectPath = path }: WriteParquetOptions<Row> & { folder: string; path: string },
): PartWriter<Row> {
  const { connection } = database;
  const columns = Object.entries<Column>(schema.columns);
  const definitions = columns.map(([name, column]) => `${quoteName(name)} ${sqlType(column)}`).join(", ");
  const parts: string[] = [];
  let appender: DuckDBAppender | null = null;
  let [rows, inTable, groupRows] = [0, 0, vectorRows];

  const openTable = async (): Promise<DuckDBAppender> => {
    await connection.run(`CREATE TABLE rows (${definitions})`);
    return await connection.createAppender("rows");
  };
  const writePart = async (): Promise<void> => {
    appender?.closeSync();
    appender = null;
    const part = join(folder, `${String(parts.length).padStart(8, "0")}.parquet`);
    await connection.run(`COPY rows TO $1 (${copyFormat(groupRows)})`, [part]);
    // A table of its own for each group: one that is emptied gives no memory back.
    await connection.run("DROP TABLE rows");
    parts.push(part);
    inTable = 0;
  };

  return {
    get rows() {
      return rows;
    },
    async add(block) {
      if (rows === 0) groupRows = rowsInGroup(block);
      if (inTable === groupRows) await writePart();
      appender ??= await openTable();
      const context = { appender, columns, database, file: projectPath, firstRow: rows + 1 };
      appendBlock(block as readonly Record<string, unknown>[], context);
      rows += block.length;
      inTable += block.length;
    },
    async end(to) {
      if (appender !== null || parts.length === 0) {
        appender ??= await openTable();
        await writePart();
      }
      const [only] = parts;
      if (parts.length === 1 && only !== undefined) return rename(only, to);
      const files = parts.map((part) => `'${escapeGlob(part).replaceAll("'", "''")}'`).join(", ");
      await connection.run(`COPY (SELECT * FROM read_parquet([${files}])) TO $1 (${copyFormat(groupRows)})`, [to]);
    },
  };
}

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
