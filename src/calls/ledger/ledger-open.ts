import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  explainWriteError,
  identifyProcess,
  isProcessAlive,
  type ProcessIdentity,
  systemErrorCode,
} from "../../core/index.ts";
import { Ledger } from "./ledger.ts";
import { explainLedgerError, wrongLedger } from "./ledger-errors.ts";
import { ledgerMigrations } from "./ledger-migrations.ts";
import { dropReserve, keepReserve } from "./ledger-reserve.ts";
import { ledgerApplicationId, ledgerTables, ledgerVersion } from "./ledger-schema.ts";

export interface OpenLedgerOptions {
  /** Bounds the file, in pages of 4 KiB. */
  readonly maxPages?: number;
  /** How long answers wait for a full disk, or for a process that keeps the file, before they are given up. */
  readonly patienceMs?: number;
  /** How long one look or write waits for another process, with this thread. */
  readonly busyTimeoutMs?: number;
}

/** Tells the openings of one process apart. */
let openings = 0;

/**
 * Opens the ledger, and makes it where there is none; one of an older version is brought to this one's. That it can be written, with some room
 * left, is tried here, before anything is bought.
 * @throws DataError naming the file where it is damaged or of a newer version; JobError where it cannot be written.
 */
export function openLedger(
  path: string,
  { maxPages, patienceMs = 20_000, busyTimeoutMs = 10_000 }: OpenLedgerOptions = {},
): Ledger {
  makeFolder(path);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    prepareTables(path, database);
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`);
    const holder = JSON.stringify({ ...identifyProcess(), opening: ++openings });
    const ledger = new Ledger(database, { path, holder, patienceMs, makeRoom: () => dropReserve(path) });
    markUnseen(database);
    ledger.writeNote("opened_by", holder);
    keepReserve(path);
    return ledger;
  } catch (error) {
    database?.close();
    throw explainLedgerError(path, error);
  }
}

/**
 * Opens a ledger to look at it, null where there is none. Nothing is written, but that a ledger of an older version is brought to this one's.
 * @throws DataError naming the file where it is damaged or of a newer version; JobError where it cannot be opened.
 */
export function readLedger(
  path: string,
  { busyTimeoutMs = 10_000 }: Pick<OpenLedgerOptions, "busyTimeoutMs"> = {},
): Ledger | null {
  if (!existsSync(path)) return null;
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    prepareTables(path, database);
    // What processes that are gone have held is marked in a copy, which takes the table's name.
    database.exec(
      "PRAGMA temp_store = MEMORY; CREATE TEMP TABLE reservations AS SELECT * FROM main.reservations ORDER BY id",
    );
    markUnseen(database);
    database.exec("PRAGMA query_only = ON");
    return new Ledger(database, { path, holder: "", patienceMs: 0, makeRoom: () => false });
  } catch (error) {
    database?.close();
    throw explainLedgerError(path, error);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    // A file stands where the folder should be.
    const isFile = systemErrorCode(error) === "EEXIST";
    throw explainWriteError(
      path,
      isFile ? Object.assign(new Error("not a folder", { cause: error }), { code: "ENOTDIR" }) : error,
    );
  }
}

function prepareTables(path: string, database: DatabaseSync): void {
  if (readVersion(path, database) !== ledgerVersion) {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE");
    try {
      makeOrMigrate(path, database);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
  // A log that a long reader has let grow is cut back once it is copied; the cache holds the identities of 200,000 calls.
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${64 * 2 ** 20}; PRAGMA cache_size = -16384`,
  );
}

/** Under the lock, so that the version is read again: another process may have been faster. */
function makeOrMigrate(path: string, database: DatabaseSync): void {
  let version = readVersion(path, database);
  if (version === 0) {
    database.exec(`${ledgerTables} PRAGMA application_id = ${ledgerApplicationId}`);
    version = ledgerVersion;
  }
  for (; version < ledgerVersion; version++) {
    const migrate = ledgerMigrations[version];
    if (migrate === undefined) throw newerLedger(path, version);
    migrate(database);
  }
  database.exec(`PRAGMA user_version = ${ledgerVersion}`);
}

/** 0 for a new file. */
function readVersion(path: string, database: DatabaseSync): number {
  const { application_id: owner } = database.prepare("PRAGMA application_id").get() as { application_id: number };
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as { tables: number };
  if (tables === 0) return 0;
  if (owner !== ledgerApplicationId) throw wrongLedger(path, "this database is no ledger of ours");
  if (version > ledgerVersion || version < 1) throw newerLedger(path, version);
  return version;
}

function newerLedger(path: string, version: number): Error {
  return wrongLedger(path, `the ledger has version ${version}; this nexa reads version ${ledgerVersion}`);
}

/**
 * Reservations of processes that are gone belong to nobody: what became of their calls was never seen. A process of another host is gone, too:
 * the ledger is on a local disk, and a container has a new name after each start.
 */
function markUnseen(database: DatabaseSync): void {
  const holders = database.prepare("SELECT DISTINCT holder FROM reservations WHERE holder IS NOT NULL").all();
  for (const { holder } of holders as { holder: string }[]) {
    if (isProcessAlive(JSON.parse(holder) as ProcessIdentity) !== true)
      database.prepare("UPDATE reservations SET holder = NULL WHERE holder = ?").run(holder);
  }
}
