import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBAppender } from "@duckdb/node-api";
import { appendRows } from "./append-rows.ts";
import { type Column, quoteName, type RowSchema, sqlType } from "./columns.ts";
import { type Database, openDatabase } from "./duckdb.ts";
import { openParquetJoiner } from "./parquet-join.ts";
import type { RowBlock } from "./row-blocks.ts";

export interface ParquetPartsOptions<Row> {
  readonly schema: RowSchema<Row>;
  /** The name that errors use. */
  readonly file: string;
  readonly compression: "zstd" | "lz4_raw";
}

/** A Parquet file that grows by row groups: a table fills while the one before it is written. */
export interface ParquetParts<Row> extends AsyncDisposable {
  /** So far. */
  readonly rows: number;
  /** @throws DataError naming row and column for a value outside its column's type. */
  add(block: RowBlock<Row>): Promise<void>;
  /** Makes the file whole. */
  end(): Promise<void>;
}

/** A row group ends with the block that brings it to so many rows, or so much text, of which it takes some fifteen times while it is written. */
const groupRows = 6144;
const groupCharacters = 16 * 1024 * 1024;

/** Starts a Parquet file at `path`; until its end, there is a folder for parts of it beside it. */
export async function openParquetParts<Row>(
  path: string,
  options: ParquetPartsOptions<Row>,
): Promise<ParquetParts<Row>> {
  const folder = `${path}.parts`;
  await mkdir(folder, { recursive: true });
  // With more threads, the order in which rows are written is chance.
  const database = await openDatabase({ threads: 1 });
  const joiner = await openParquetJoiner(path);
  const tables = createTables(database, options);
  let writing: Promise<void> = Promise.resolve();

  const write = async (table: string): Promise<void> => {
    const part = join(folder, `${table}.parquet`);
    await writeTable(table, { database, part, compression: options.compression });
    await joiner.append(part);
    await rm(part);
  };
  const writeNext = async (): Promise<void> => {
    const table = await tables.take();
    await writing;
    writing = write(table);
    // Whoever waits for it learns of its failure.
    writing.catch(() => undefined);
  };

  return {
    get rows() {
      return tables.rows;
    },
    async add(block) {
      const isFull = await tables.add(block);
      if (isFull) await writeNext();
    },
    async end() {
      if (tables.isOpen || tables.rows === 0) await writeNext();
      await writing;
      await joiner.end();
    },
    async [Symbol.asyncDispose]() {
      await writing.catch(() => undefined);
      await joiner[Symbol.asyncDispose]();
      database[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Tables<Row> {
  readonly rows: number;
  /** Whether a table holds rows that were not taken. */
  readonly isOpen: boolean;
  /** Returns whether the table is full. */
  add(block: RowBlock<Row>): Promise<boolean>;
  /** The name of the table with the rows since the last one. */
  take(): Promise<string>;
}

/** A table of its own for each row group: one that is emptied gives no memory back. */
function createTables<Row>(database: Database, { schema, file }: ParquetPartsOptions<Row>): Tables<Row> {
  const { connection } = database;
  const columns = Object.entries<Column>(schema.columns);
  const definitions = columns.map(([name, column]) => `${quoteName(name)} ${sqlType(column)}`).join(", ");
  let appender: DuckDBAppender | null = null;
  let [rows, number, inTable, characters] = [0, 0, 0, 0];
  const open = async (): Promise<DuckDBAppender> => {
    await connection.run(`CREATE TABLE rows${number} (${definitions})`);
    return await connection.createAppender(`rows${number}`);
  };
  return {
    get rows() {
      return rows;
    },
    get isOpen() {
      return appender !== null;
    },
    async add(block) {
      appender ??= await open();
      appendRows(block.rows as readonly Record<string, unknown>[], {
        appender,
        columns,
        database,
        file,
        firstRow: rows + 1,
      });
      rows += block.rows.length;
      inTable += block.rows.length;
      characters += block.characters;
      return inTable >= groupRows || characters >= groupCharacters;
    },
    async take() {
      appender ??= await open();
      appender.closeSync();
      appender = null;
      [inTable, characters] = [0, 0];
      return `rows${number++}`;
    },
  };
}

/** On a connection of its own, so that another one can fill a table meanwhile. */
async function writeTable(
  table: string,
  { database, part, compression }: { database: Database; part: string; compression: string },
): Promise<void> {
  const connection = await database.connect();
  try {
    await connection.run(
      `COPY ${table} TO $1 (FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE ${2 * groupRows})`,
      [part],
    );
    await connection.run(`DROP TABLE ${table}`);
  } finally {
    connection.closeSync();
  }
}
