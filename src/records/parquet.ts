import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { DuckDBAppender, DuckDBResult, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { DataError, errorMessage, replaceFileAtomic, toSafeLine } from "../core/index.ts";
import { type Column, quoteName, type RowSchema, sqlType } from "./columns.ts";
import { type Database, escapeGlob, openDatabase } from "./duckdb.ts";
import { unreadable } from "./jsonl-read.ts";
import { decodeValue, encodeValue, isCompatible, toPlainValue, ValueError } from "./values.ts";
import { selectWholeText } from "./whole-text.ts";

const rewriteHint = "Write the file anew: run the stage that makes it, or export it again from where it came.";

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

function explainValue(error: unknown, { file, row }: { file: string; row: number }): unknown {
  if (!(error instanceof ValueError)) return error;
  return new DataError(toSafeLine(error.message), { file, row, code: "wrong_value", hint: rewriteHint, cause: error });
}

export interface ReadParquetOptions {
  /** The name that errors use; the path itself when left out. */
  readonly projectPath?: string | undefined;
}

/**
 * All rows of a Parquet file, in their order. Columns that the schema does not know are left out.
 * @throws DataError naming the file for one that is missing, cut, or no Parquet at all; the column where it lacks one or has another type;
 * row and column for a value that does not fit.
 */
export async function readParquet<Row>(
  path: string,
  schema: RowSchema<Row>,
  options: ReadParquetOptions = {},
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of iterateParquet(path, schema, options)) rows.push(row);
  return rows;
}

/** Like readParquet, a row at a time, for a file that need not be in memory as a whole. */
export async function* iterateParquet<Row>(
  path: string,
  schema: RowSchema<Row>,
  options: ReadParquetOptions = {},
): AsyncGenerator<Row> {
  const file = options.projectPath ?? path;
  await using source = await openParquet(path, file);
  const columns = Object.entries<Column>(schema.columns);
  checkColumns(columns, { source, file, name: schema.name });
  let row = 0;
  for await (const values of source.rows(columns.map(([name]) => name))) {
    row++;
    let decoded: Record<string, unknown>;
    try {
      decoded = Object.fromEntries(
        columns.map(([name, column], index) => [name, decodeValue(values[index] ?? null, column, name)]),
      );
    } catch (error) {
      throw explainValue(error, { file, row });
    }
    yield decoded as Row;
  }
}

/** Those of the named columns that the file has, as plain values, for files that we did not write. */
export async function* iterateParquetObjects(
  path: string,
  options: ReadParquetOptions & { readonly columns: readonly string[] },
): AsyncGenerator<{ value: Record<string, unknown>; line: number }> {
  await using source = await openParquet(path, options.projectPath ?? path);
  const names = options.columns.filter((name) => source.columns.has(name));
  let line = 0;
  if (names.length === 0) return;
  for await (const values of source.rows(names)) {
    line++;
    yield { value: Object.fromEntries(names.map((name, index) => [name, toPlainValue(values[index] ?? null)])), line };
  }
}

/** The number of rows as the file's footer has it; nothing else is read. @throws DataError as readParquet does. */
export async function countParquetRows(path: string, options: ReadParquetOptions = {}): Promise<number> {
  const file = options.projectPath ?? path;
  using database = await openDatabase();
  await assertReadable(path, file);
  const reader = await database.connection
    .runAndReadAll("SELECT num_rows FROM parquet_file_metadata($1)", [escapeGlob(resolve(path))])
    .catch((error) => {
      throw notParquet(file, error);
    });
  return Number(reader.getRowsJS()[0]?.[0]);
}

interface ParquetSource extends AsyncDisposable {
  readonly duckdb: Database["duckdb"];
  /** Column name -> type. */
  readonly columns: ReadonlyMap<string, DuckDBType>;
  rows(columns: readonly string[]): AsyncIterable<readonly DuckDBValue[]>;
}

async function openParquet(path: string, file: string): Promise<ParquetSource> {
  await assertReadable(path, file);
  const database = await openDatabase();
  const { connection } = database;
  const query = async (columns: string, suffix: string): Promise<DuckDBResult> => {
    const sql = `SELECT ${columns} FROM read_parquet($1, hive_partitioning = false) ${suffix}`;
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

async function assertReadable(path: string, file: string): Promise<void> {
  const found = await stat(path).catch((error) => {
    throw unreadable(file, error);
  });
  if (!found.isFile())
    throw new DataError("it is not a file", { file, code: "unreadable_file", hint: "Name a Parquet file." });
}

function notParquet(file: string, error: unknown): DataError {
  const message = errorMessage(error).split("\n")[0] ?? "";
  return new DataError(`not a whole Parquet file: ${toSafeLine(message)}`, {
    file,
    code: "bad_parquet",
    hint: `It was cut, damaged, or is another kind of file. ${rewriteHint}`,
    cause: error,
  });
}

function checkColumns(
  columns: readonly (readonly [string, Column])[],
  { source, file, name }: { source: ParquetSource; file: string; name: string },
): void {
  for (const [column, expected] of columns) {
    const type = source.columns.get(column);
    if (type !== undefined && isCompatible(expected, type, source.duckdb)) continue;
    const problem =
      type === undefined ? `it has no column \`${column}\`` : `its column \`${column}\` is ${toSafeLine(String(type))}`;
    throw new DataError(`${problem}; ${name} have \`${column}\` as ${sqlType(expected)}`, {
      file,
      code: "wrong_columns",
      hint: `The file does not hold ${name}, or another version wrote it: run the stage that makes it again.`,
    });
  }
}
