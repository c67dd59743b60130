import { open } from "node:fs/promises";
import type { DataError } from "../core/index.ts";
import { assertFile, unreadable } from "./byte-blocks.ts";
import { findMissing, findWrongTypes, foreignColumns } from "./foreign-columns.ts";
import { hasParquetValues } from "./parquet-read.ts";
import { openParquetTable, openTable } from "./table.ts";
import type { TableRow } from "./table-row.ts";
import { readTextValues } from "./text-values.ts";

/**
 * The rows of a file that no stage of ours wrote, with the error of a row in its place: of any kind that openTable reads, and Parquet
 * whatever its name.
 * @throws DataError for a file that cannot be read at all, or whose columns, where it tells them, are not those of rows of ours.
 */
export async function openForeign(path: string, file: string): Promise<AsyncIterable<TableRow | DataError>> {
  await assertFile(path, file);
  const options = { projectPath: file };
  const isParquet = await startsWith(path, "PAR1", file);
  const table = isParquet ? await openParquetTable(path, options) : await openTable(path, options);
  if (table.columns === null) return table.rows();
  const fault = findMissing(table.columns, file);
  if (fault !== null) throw fault;
  for (const [column, error] of findWrongTypes(table.types ?? new Map(), file)) {
    // A column of nulls has the type that its writer happened to choose.
    if (await hasParquetValues(path, { column, file })) throw error;
  }
  const rows = table.rows(table.columns.filter((name) => foreignColumns.includes(name)));
  return table.isText ? readTextValues(rows) : rows;
}

async function startsWith(path: string, magic: string, file: string): Promise<boolean> {
  const handle = await open(path, "r").catch((error) => {
    throw unreadable(file, error);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return buffer.toString("latin1", 0, bytesRead) === magic;
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    await handle.close();
  }
}
