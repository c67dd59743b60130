import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { LedgerBatches } from "./ledger-batches.ts";
import { LedgerCommits, type LedgerCommitsOptions } from "./ledger-commits.ts";
import { explainLedgerError } from "./ledger-errors.ts";
import { LedgerFacts } from "./ledger-facts.ts";
import {
  type CallFacts,
  callColumns,
  failureColumns,
  type LedgerCall,
  type LedgerFailure,
  textColumns,
} from "./ledger-schema.ts";

/** What the project has spent. */
export interface Spending {
  /** Dollars of all bought answers. */
  readonly boughtUsd: number;
  /** Dollars held back for calls in flight and in batches, and for those whose outcome was never seen. */
  readonly reservedUsd: number;
}

/** A reservation in the ledger. */
export interface Reservation {
  readonly id: number;
  readonly usd: number;
}

/** Calls that were asked and whose outcome nobody saw: the process was killed, or the connection broke. They may have been charged. */
export interface UnseenCalls {
  readonly calls: number;
  /** Dollars, at most. */
  readonly usd: number;
  /** Of those, the ones that were asked again and answered: what may have been paid twice. */
  readonly paidTwice: { readonly calls: number; readonly usd: number };
}

/** Where calls of one model were sent. */
export interface ModelAddress {
  readonly origin: string;
  /** As in `calls`. */
  readonly model: string;
}

interface LedgerOptions extends LedgerCommitsOptions {
  /** Names this process in its reservations. */
  readonly holder: string;
}

/**
 * Every answer that the project has bought, in one SQLite file. Answers are committed in groups, each group with one fsync; a promise
 * of `commit` is kept only when the answer is on the disk. Several processes may use one file.
 */
export class Ledger {
  readonly path: string;
  /** Calls at a provider's Batch API. */
  readonly batches: LedgerBatches;
  readonly #database: DatabaseSync;
  readonly #commits: LedgerCommits;
  readonly #holder: string;
  readonly #find: StatementSync;
  readonly #has: StatementSync;
  readonly #facts: LedgerFacts;
  readonly #findFailure: StatementSync;
  readonly #insertCall: StatementSync;
  readonly #insertText: StatementSync;
  readonly #payAgain: StatementSync;
  readonly #insertFailure: StatementSync;
  readonly #insertReservation: StatementSync;
  readonly #deleteReservation: StatementSync;
  readonly #deleteFailure: StatementSync;
  readonly #readTotals: StatementSync;

  constructor(database: DatabaseSync, options: LedgerOptions) {
    this.path = options.path;
    this.#database = database;
    this.#holder = options.holder;
    this.#commits = new LedgerCommits(database, options);
    this.#find = database.prepare(
      `SELECT ${[...callColumns, ...textColumns].join(", ")} FROM answers WHERE identity = ?`,
    );
    this.#has = database.prepare("SELECT 1 FROM calls WHERE identity = ?");
    this.#facts = new LedgerFacts(database);
    this.#findFailure = database.prepare(`SELECT ${failureColumns.join(", ")} FROM failures WHERE identity = ?`);
    this.#insertCall = database.prepare(insertSql("INSERT OR IGNORE", "calls", [...callColumns, "is_empty"]));
    this.#insertText = database.prepare(insertSql("INSERT", "texts", ["call_id", ...textColumns]));
    this.#payAgain = database.prepare("UPDATE calls SET cost_usd = cost_usd + ?, tries = tries + ? WHERE identity = ?");
    this.#insertFailure = database.prepare(insertSql("INSERT OR REPLACE", "failures", failureColumns));
    this.#deleteFailure = database.prepare("DELETE FROM failures WHERE identity = ?");
    this.#insertReservation = database.prepare(
      insertSql("INSERT", "reservations", ["identity", "usd", "holder", "created_at"]),
    );
    this.#deleteReservation = database.prepare("DELETE FROM reservations WHERE id = ?");
    this.#readTotals = database.prepare("SELECT bought_usd, reserved_usd FROM totals");
    this.batches = new LedgerBatches({
      database,
      commits: this.#commits,
      holder: options.holder,
      insertCall: (call) => this.#insert(call),
      isBought: (identity) => this.has(identity),
      explained: (use) => this.#explained(use),
    });
  }

  /** The bought answer of a call, texts and all, or null. */
  find(identity: string): LedgerCall | null {
    return this.#explained(() => (this.#find.get(identity) as LedgerCall | undefined) ?? null);
  }

  /** Whether a call has been bought; the cheapest look-up. */
  has(identity: string): boolean {
    return this.#explained(() => this.#has.get(identity) !== undefined);
  }

  /** What is known of a bought answer without reading its texts, or null. */
  facts(identity: string): CallFacts | null {
    return this.#explained(() => this.#facts.find(identity));
  }

  /** The last failure of a call that has no answer, or null. */
  findFailure(identity: string): LedgerFailure | null {
    return this.#explained(() => (this.#findFailure.get(identity) as LedgerFailure | undefined) ?? null);
  }

  /** Calls without an answer by the code of their last failure, the most frequent first. */
  failureCounts(): ReadonlyMap<string, number> {
    const sql = "SELECT error_code AS code, count(*) AS calls FROM failures GROUP BY code ORDER BY calls DESC, code";
    const rows = this.#all<{ code: string; calls: number }>(sql);
    return new Map(rows.map(({ code, calls }) => [code, calls]));
  }

  /** Puts an answer on the disk, and takes its reservation back in the same transaction. */
  commit(call: LedgerCall, reservation: Reservation | null = null): Promise<void> {
    return this.#commits.add(() => {
      this.#insert(call);
      if (reservation !== null) this.#deleteReservation.run(reservation.id);
    });
  }

  recordFailure(failure: LedgerFailure): Promise<void> {
    return this.#commits.add(() => {
      this.#insertFailure.run(...(failureColumns.map((column) => failure[column]) as SQLInputValue[]));
    });
  }

  /** Throws where the disk has been full once: what is in flight is kept, nothing more should be bought. */
  assertRoom(): void {
    if (this.#commits.trouble !== null) throw this.#commits.trouble;
  }

  /**
   * Notes, before a call is made, the most that it may cost; null where that could pass the limit. Look and note are one transaction, so that
   * two processes do not both take what is left. Survives a kill of this process.
   */
  reserve(identity: string, { usd, limitUsd }: { usd: number; limitUsd: number }): Reservation | null {
    this.assertRoom();
    const write = (): Reservation | null => {
      const { boughtUsd, reservedUsd } = this.spending();
      if (boughtUsd + reservedUsd + usd > limitUsd) return null;
      const { lastInsertRowid: id } = this.#insertReservation.run(
        identity,
        usd,
        this.#holder,
        new Date().toISOString(),
      );
      return { id: Number(id), usd };
    };
    return this.#explained(() => this.#commits.transact(write, { isSynced: false }));
  }

  /** For a call that the provider refused, and so did not charge. */
  release({ id }: Reservation): void {
    this.#explained(() => this.#deleteReservation.run(id));
  }

  /** For a call that may have been charged, and whose outcome is lost: its dollars stay held back, see `unseen`. */
  leaveUnseen({ id }: Reservation): void {
    const sql = "UPDATE reservations SET holder = NULL WHERE id = ?";
    this.#explained(() => this.#database.prepare(sql).run(id));
  }

  /** Calls whose outcome nobody saw and nobody will see. */
  unseen(): UnseenCalls {
    const [row] = this.#all<{ calls: number; usd: number; twice: number; twice_usd: number }>(`
      SELECT count(*) AS calls, total(usd) AS usd, count(calls.id) AS twice, total(iif(calls.id IS NULL, 0, usd)) AS twice_usd
      FROM reservations LEFT JOIN calls USING (identity) WHERE holder IS NULL`);
    const { calls = 0, usd = 0, twice = 0, twice_usd = 0 } = row ?? {};
    return { calls, usd, paidTwice: { calls: twice, usd: twice_usd } };
  }

  /** Gives back what is held for calls whose outcome nobody saw: for people who have looked at the provider's bill. Returns dollars. */
  releaseUnseen(): number {
    const { usd } = this.unseen();
    this.#explained(() => this.#database.exec("DELETE FROM reservations WHERE holder IS NULL"));
    return usd;
  }

  /** What all processes together have spent and hold back now. */
  spending(): Spending {
    const totals = this.#explained(() => this.#readTotals.get()) as { bought_usd: number; reserved_usd: number };
    return { boughtUsd: totals.bought_usd, reservedUsd: totals.reserved_usd };
  }

  /** Requests in real time since a moment, tries that failed counted; what a limit of requests a day has used up, over restarts. */
  countCalls({ origin, model, since }: ModelAddress & { readonly since: Date }): number {
    const [row] = this.#all<{ requests: number }>(
      `SELECT total(tries) AS requests FROM (
        SELECT tries FROM calls WHERE created_at >= ?1 AND origin = ?2 AND model = ?3 AND mode = 'realtime'
        UNION ALL
        SELECT tries FROM failures WHERE created_at >= ?1 AND origin = ?2 AND model = ?3 AND mode = 'realtime')`,
      since.toISOString(),
      origin,
      model,
    );
    return row?.requests ?? 0;
  }

  /** Completion tokens of a model's answers in one role, ascending; at most `limit` of them, the newest. */
  completionTokens({ model, role, limit = 10_000 }: { model: string; role: string; limit?: number }): number[] {
    const sql = `SELECT completion_tokens AS tokens FROM calls WHERE model = ? AND role = ? AND completion_tokens IS NOT NULL ORDER BY id DESC LIMIT ?`;
    const rows = this.#all<{ tokens: number }>(sql, model, role, limit);
    return rows.map(({ tokens }) => tokens).sort((a, b) => a - b);
  }

  /** What was last noted under a key, e.g. what a limiter has learnt; null where nothing was. */
  readNote(key: string): string | null {
    return this.#all<{ text: string }>("SELECT text FROM notes WHERE key = ?", key)[0]?.text ?? null;
  }

  /** Survives a kill of this process, not a power cut. */
  writeNote(key: string, text: string): void {
    const sql = "INSERT OR REPLACE INTO notes (key, text, updated_at) VALUES (?, ?, ?)";
    this.#explained(() => this.#database.prepare(sql).run(key, text, new Date().toISOString()));
  }

  /** Commits what is waiting, now. */
  flush(): void {
    this.#commits.flush();
  }

  [Symbol.dispose](): void {
    this.#commits.end();
    this.#leaveAllUnseen();
    this.#database.close();
  }

  /** What is reserved still belongs to calls that nobody waits for any more. */
  #leaveAllUnseen(): void {
    try {
      this.#database.prepare("UPDATE reservations SET holder = NULL WHERE holder = ?").run(this.#holder);
    } catch {
      // The next opening does it, as after a kill.
    }
  }

  /** The first answer of a call stays; where two processes have bought it at the same moment, what both paid is counted. */
  #insert(call: LedgerCall): void {
    const values = callColumns.map((column) => call[column]) as SQLInputValue[];
    const { changes, lastInsertRowid: id } = this.#insertCall.run(...values, call.text.trim() === "" ? 1 : 0);
    if (changes === 1) this.#insertText.run(id, call.request, call.text, call.reasoning);
    else this.#payAgain.run(call.cost_usd, call.tries, call.identity);
    this.#deleteFailure.run(call.identity);
  }

  #all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#explained(() => this.#database.prepare(sql).all(...values)) as unknown as Row[];
  }

  #explained<T>(use: () => T): T {
    try {
      return use();
    } catch (error) {
      throw explainLedgerError(this.path, error);
    }
  }
}

function insertSql(verb: string, table: string, columns: readonly string[]): string {
  return `${verb} INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
}
