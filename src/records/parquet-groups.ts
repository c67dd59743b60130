import { resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { escapeGlob } from "./duckdb.ts";

const mostRows = 16_384;
const groupBytes = 16 * 1024 * 1024;

/**
 * ROW_GROUP_SIZE for a copy of a file's rows: fewer than 16,384 where they are long, since DuckDB holds a row group several times over while it
 * writes it. The row group with the longest rows decides, so that a few answers of 50 MB do not come together in one: DuckDB ends a row group
 * with the chunk that fills it, and a chunk never reaches over two row groups of the file that it was read from.
 */
export async function chooseGroupRows(connection: DuckDBConnection, path: string): Promise<number> {
  const sql = `SELECT max(bytes_per_row)::DOUBLE FROM (
    SELECT sum(total_uncompressed_size) / max(row_group_num_rows) AS bytes_per_row
    FROM parquet_metadata($1) WHERE row_group_num_rows > 0 GROUP BY row_group_id
  )`;
  const [[longest] = []] = await (await connection.run(sql, [escapeGlob(resolve(path))])).getRows();
  return Math.max(1, Math.min(mostRows, Math.floor(groupBytes / Math.max(1, Number(longest ?? 0)))));
}
