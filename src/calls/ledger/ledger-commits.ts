import type { DatabaseSync } from "node:sqlite";
import { explainLedgerError, isBusy, isFullDisk } from "./ledger-errors.ts";

interface PendingWrite {
  readonly write: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface LedgerCommitsOptions {
  readonly path: string;
  /** How long a group that the disk or another process does not let through is tried again. */
  readonly patienceMs: number;
  /** Makes room on a full disk; false where it has done so before. */
  readonly makeRoom: () => boolean;
}

/** A group waits twice as long as the last one took, so that a slow disk does not keep the thread for itself; what waits is lost with a kill. */
const leastDelayMs = 10;
const mostDelayMs = 100;
const commitRows = 512;
const retryMs = 250;

/**
 * Writes in groups, each group one transaction with one fsync: a promise of `add` is kept when its write is on the disk. A write that fails
 * for want of space, or as another process keeps the file, is tried again for a while: what waits here has been paid for.
 */
export class LedgerCommits {
  readonly #database: DatabaseSync;
  readonly #options: LedgerCommitsOptions;
  #pending: PendingWrite[] = [];
  #timer: NodeJS.Timeout | null = null;
  #delayMs = leastDelayMs;
  #failingSince: number | null = null;
  #trouble: unknown = null;

  constructor(database: DatabaseSync, options: LedgerCommitsOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** Why nothing more should be bought: the disk was full once; null while all is well. */
  get trouble(): unknown {
    return this.#trouble;
  }

  add(write: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ write, resolve, reject });
      if (this.#pending.length >= commitRows && this.#failingSince === null) this.flush();
      else this.#timer ??= setTimeout(() => this.flush(), this.#delayMs);
    });
  }

  /** Commits what is waiting, now. */
  flush(): void {
    this.#flush(this.#options.patienceMs);
  }

  /** As flush, and waits for nothing: what cannot be committed now is given up. */
  end(): void {
    this.#flush(0);
  }

  /** One transaction of its own; `isSynced` has it wait for the disk. */
  transact<T>(use: () => T, { isSynced }: { readonly isSynced: boolean }): T {
    const database = this.#database;
    database.exec(isSynced ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE" : "BEGIN IMMEDIATE");
    try {
      const result = use();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    } finally {
      if (isSynced) database.exec("PRAGMA synchronous = NORMAL");
    }
  }

  #flush(patienceMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const group = this.#pending;
    if (group.length === 0) return;
    this.#pending = [];
    const startedAt = performance.now();
    try {
      this.#commit(group);
    } catch (error) {
      this.#explain(group, { error, patienceMs });
      return;
    }
    this.#delayMs = Math.min(Math.max(2 * (performance.now() - startedAt), leastDelayMs), mostDelayMs);
    this.#failingSince = null;
    for (const { resolve } of group) resolve();
  }

  #commit(group: readonly PendingWrite[]): void {
    const commit = (): void => {
      this.transact(
        () => {
          for (const { write } of group) write();
        },
        { isSynced: true },
      );
    };
    try {
      commit();
    } catch (error) {
      if (!isFullDisk(error)) throw error;
      this.#trouble ??= explainLedgerError(this.#options.path, error);
      if (!this.#options.makeRoom()) throw error;
      commit();
    }
  }

  #explain(group: readonly PendingWrite[], { error, patienceMs }: { error: unknown; patienceMs: number }): void {
    this.#failingSince ??= Date.now();
    if ((isFullDisk(error) || isBusy(error)) && Date.now() - this.#failingSince < patienceMs) {
      this.#pending = [...group, ...this.#pending];
      this.#timer = setTimeout(() => this.flush(), retryMs);
      return;
    }
    const explained = explainLedgerError(this.#options.path, error);
    for (const { reject } of group) reject(explained);
  }
}
