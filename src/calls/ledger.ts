import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { explainWriteError, systemErrorCode } from "../core/index.ts";
import { explainLedgerError, wrongLedger } from "./ledger-errors.ts";
import {
  callColumns,
  failureColumns,
  type LedgerCall,
  type LedgerFailure,
  ledgerApplicationId,
  ledgerTables,
  ledgerVersion,
} from "./ledger-schema.ts";

/** What the project has spent. */
export interface Spending {
  /** Dollars of all bought answers. */
  readonly boughtUsd: number;
  /** Dollars held back for calls in flight, and for those whose outcome was never seen. */
  readonly reservedUsd: number;
}

/** A reservation in the ledger. */
export interface Reservation {
  readonly id: number;
  readonly usd: number;
}

interface PendingWrite {
  /** Returns what it changes in the sums. */
  readonly write: () => Spending;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const commitDelayMs = 10;
const commitRows = 512;
const busyTimeoutMs = 10_000;

/**
 * Every answer that the project has bought, in one SQLite file. Answers are committed in groups, each group with one fsync; a promise
 * of `commit` is kept only when the answer is on the disk. Several processes may use one file.
 */
export class Ledger {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #has: StatementSync;
  readonly #insertCall: StatementSync;
  readonly #insertFailure: StatementSync;
  readonly #insertReservation: StatementSync;
  readonly #deleteReservation: StatementSync;
  readonly #deleteFailure: StatementSync;
  readonly #readDataVersion: StatementSync;
  #pending: PendingWrite[] = [];
  #timer: NodeJS.Timeout | null = null;
  #boughtUsd = 0;
  #reservedUsd = 0;
  #dataVersion = -1;

  constructor(path: string, database: DatabaseSync) {
    this.path = path;
    this.#database = database;
    this.#find = database.prepare("SELECT * FROM calls WHERE identity = ?");
    this.#has = database.prepare("SELECT 1 FROM calls WHERE identity = ?");
    this.#insertCall = database.prepare(insertSql("INSERT OR IGNORE", "calls", callColumns));
    this.#insertFailure = database.prepare(insertSql("INSERT OR REPLACE", "failures", failureColumns));
    this.#deleteFailure = database.prepare("DELETE FROM failures WHERE identity = ?");
    this.#insertReservation = database.prepare("INSERT INTO reservations (identity, usd, created_at) VALUES (?, ?, ?)");
    this.#deleteReservation = database.prepare("DELETE FROM reservations WHERE id = ?");
    this.#readDataVersion = database.prepare("PRAGMA data_version");
  }

  /** The bought answer of a call, or null. */
  find(identity: string): LedgerCall | null {
    return this.#explained(() => (this.#find.get(identity) as LedgerCall | undefined) ?? null);
  }

  /** Whether a call has been bought. */
  has(identity: string): boolean {
    return this.#explained(() => this.#has.get(identity) !== undefined);
  }

  /** Puts an answer on the disk, and takes its reservation back in the same transaction. */
  commit(call: LedgerCall, reservation: Reservation | null = null): Promise<void> {
    return this.#enqueue(() => {
      const { changes } = this.#insertCall.run(...(callColumns.map((column) => call[column]) as SQLInputValue[]));
      this.#deleteFailure.run(call.identity);
      if (reservation !== null) this.#deleteReservation.run(reservation.id);
      return { boughtUsd: changes === 1 ? call.cost_usd : 0, reservedUsd: -(reservation?.usd ?? 0) };
    });
  }

  recordFailure(failure: LedgerFailure): Promise<void> {
    return this.#enqueue(() => {
      this.#insertFailure.run(...(failureColumns.map((column) => failure[column]) as SQLInputValue[]));
      return { boughtUsd: 0, reservedUsd: 0 };
    });
  }

  /**
   * Notes, before a call is made, the most that it may cost; null where that could pass the limit. Look and note are one transaction, so that
   * two processes do not both take what is left. Survives a kill of this process.
   */
  reserve(identity: string, { usd, limitUsd }: { usd: number; limitUsd: number }): Reservation | null {
    return this.#explained(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const { boughtUsd, reservedUsd } = this.spending();
        const isWithin = boughtUsd + reservedUsd + usd <= limitUsd;
        const id = isWithin
          ? this.#insertReservation.run(identity, usd, new Date().toISOString()).lastInsertRowid
          : null;
        this.#database.exec("COMMIT");
        if (id === null) return null;
        this.#reservedUsd += usd;
        return { id: Number(id), usd };
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** For a call that the provider refused, and so did not charge. */
  release({ id, usd }: Reservation): void {
    this.#explained(() => this.#deleteReservation.run(id));
    this.#reservedUsd -= usd;
  }

  /** What all processes together have spent and hold back now. */
  spending(): Spending {
    this.#explained(() => {
      const { data_version: version } = this.#readDataVersion.get() as { data_version: number };
      if (version !== this.#dataVersion) this.#sumSpending(version);
    });
    return { boughtUsd: this.#boughtUsd, reservedUsd: this.#reservedUsd };
  }

  /** Completion tokens of a model's answers in one role, ascending; at most `limit` of them, the newest. */
  completionTokens({ model, role, limit = 10_000 }: { model: string; role: string; limit?: number }): number[] {
    const sql = `SELECT completion_tokens AS tokens FROM calls WHERE model = ? AND role = ? AND completion_tokens IS NOT NULL ORDER BY rowid DESC LIMIT ?`;
    const rows = this.#explained(() => this.#database.prepare(sql).all(model, role, limit)) as unknown as {
      tokens: number;
    }[];
    return rows.map(({ tokens }) => tokens).sort((a, b) => a - b);
  }

  /** Commits what is waiting, now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const group = this.#pending;
    if (group.length === 0) return;
    this.#pending = [];
    try {
      this.#commitGroup(group);
    } catch (error) {
      const explained = explainLedgerError(this.path, error);
      for (const { reject } of group) reject(explained);
      return;
    }
    for (const { resolve } of group) resolve();
  }

  [Symbol.dispose](): void {
    this.flush();
    this.#database.close();
  }

  #enqueue(write: PendingWrite["write"]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ write, resolve, reject });
      if (this.#pending.length >= commitRows) this.flush();
      else this.#timer ??= setTimeout(() => this.flush(), commitDelayMs);
    });
  }

  /** Anew from the tables, as another process has changed them. */
  #sumSpending(version: number): void {
    const sql =
      "SELECT (SELECT total(cost_usd) FROM calls) AS bought, (SELECT total(usd) FROM reservations) AS reserved";
    const { bought, reserved } = this.#database.prepare(sql).get() as { bought: number; reserved: number };
    this.#dataVersion = version;
    this.#boughtUsd = bought;
    this.#reservedUsd = reserved;
  }

  #commitGroup(group: readonly PendingWrite[]): void {
    // Reservations need to survive a kill, answers a power cut too: only their commits wait for the disk.
    this.#database.exec("PRAGMA synchronous = FULL; BEGIN IMMEDIATE");
    try {
      const changes = group.map(({ write }) => write());
      this.#database.exec("COMMIT");
      for (const { boughtUsd, reservedUsd } of changes) {
        this.#boughtUsd += boughtUsd;
        this.#reservedUsd += reservedUsd;
      }
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    } finally {
      this.#database.exec("PRAGMA synchronous = NORMAL");
    }
  }

  #explained<T>(use: () => T): T {
    try {
      return use();
    } catch (error) {
      throw explainLedgerError(this.path, error);
    }
  }
}

/**
 * Opens the ledger, and makes it where there is none. `maxPages` bounds its size, in pages of 4 KiB.
 * @throws DataError naming the file where it is damaged or of another version; JobError where it cannot be written.
 */
export function openLedger(path: string, { maxPages }: { readonly maxPages?: number } = {}): Ledger {
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
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    prepareTables(path, database);
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`);
    return new Ledger(path, database);
  } catch (error) {
    database?.close();
    throw explainLedgerError(path, error);
  }
}

function prepareTables(path: string, database: DatabaseSync): void {
  const { application_id: owner } = database.prepare("PRAGMA application_id").get() as { application_id: number };
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as { tables: number };
  if (tables > 0 && owner !== ledgerApplicationId) throw wrongLedger(path, "this database is no ledger of ours");
  if (tables > 0 && version !== ledgerVersion)
    throw wrongLedger(path, `the ledger has version ${version}; this nexa reads version ${ledgerVersion}`);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  if (tables === 0) {
    database.exec(
      `BEGIN IMMEDIATE; ${ledgerTables} PRAGMA application_id = ${ledgerApplicationId}; PRAGMA user_version = ${ledgerVersion}; COMMIT;`,
    );
  }
  database.exec("PRAGMA synchronous = NORMAL");
}

function insertSql(verb: string, table: string, columns: readonly string[]): string {
  return `${verb} INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
}
