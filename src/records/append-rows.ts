import type { DuckDBAppender } from "@duckdb/node-api";
import type { Column } from "./columns.ts";
import type { Database } from "./duckdb.ts";
import { explainValue } from "./parquet-source.ts";
import { encodeValue } from "./values.ts";

export interface AppendContext {
  readonly appender: DuckDBAppender;
  readonly columns: readonly (readonly [string, Column])[];
  readonly database: Database;
  readonly file: string;
  /** 1-based number of the block's first row. */
  readonly firstRow: number;
}

/**
 * Appends a block of rows to a table. @throws DataError naming file, row and column of a value that does not fit.
 */
export function appendRows(rows: readonly Record<string, unknown>[], context: AppendContext): void {
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
