import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";

export type DuckDB = typeof import("@duckdb/node-api");

/** A connection to an empty database in memory, and the library itself, which takes half a second to load: so only when it is needed. */
export interface Database extends Disposable {
  readonly duckdb: DuckDB;
  readonly connection: DuckDBConnection;
  /** Another connection to the same database, for work at the same time; whoever asks for it closes it. */
  connect(): Promise<DuckDBConnection>;
}

export interface DatabaseOptions {
  /** All processors work where it is left out. */
  readonly threads?: number;
  /** Most memory for its own work, e.g. "512MB"; beyond it goes to disk what can. */
  readonly memoryLimit?: string | undefined;
}

/** Opens a database that reaches local files alone: it loads no extension and fetches nothing. */
export async function openDatabase({ threads, memoryLimit }: DatabaseOptions = {}): Promise<Database> {
  const duckdb = await import("@duckdb/node-api");
  // Each database has its own: one that is closed removes what stands in its folder, whoever put it there.
  const temporary = join(tmpdir(), `nexa-duckdb-${process.pid}-${randomBytes(4).toString("hex")}`);
  const instance = await duckdb.DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    ...(threads === undefined ? {} : { threads: String(threads) }),
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    temp_directory: temporary,
  });
  const connection = await instance.connect();
  return {
    duckdb,
    connection,
    connect: () => instance.connect(),
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

/** A file name for `read_parquet`, which would take it for a pattern where it holds `*`, `?` or `[`. */
export function escapeGlob(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}
