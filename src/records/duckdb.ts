import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";

export type DuckDB = typeof import("@duckdb/node-api");

/** A connection to an empty database in memory, and the library itself, which takes half a second to load: so only when it is needed. */
export interface Database extends Disposable {
  readonly duckdb: DuckDB;
  readonly connection: DuckDBConnection;
}

/** Opens a database that reaches local files alone: it loads no extension and fetches nothing. All processors work where `threads` is left out. */
export async function openDatabase({ threads }: { readonly threads?: number } = {}): Promise<Database> {
  const duckdb = await import("@duckdb/node-api");
  const instance = await duckdb.DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    ...(threads === undefined ? {} : { threads: String(threads) }),
    temp_directory: join(tmpdir(), `nexa-duckdb-${process.pid}`),
  });
  const connection = await instance.connect();
  return {
    duckdb,
    connection,
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A file name for `read_parquet`, which would take it for a pattern where it holds `*`, `?` or `[`. */
export function escapeGlob(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}
