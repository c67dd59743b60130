import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { LedgerCommits } from "./ledger-commits.ts";
import type { BatchCall, BatchState, LedgerBatch, LedgerCall } from "./ledger-schema.ts";

/** What is known of a batch before its provider hears of it. */
export type BatchIntent = Pick<LedgerBatch, "intent_id" | "role" | "provider" | "origin" | "model">;

/** What may be set once the provider has heard of it. */
export type BatchMark = Partial<
  Pick<LedgerBatch, "state" | "batch_id" | "input_file_id" | "submitted_at" | "ended_at" | "error" | "holder">
>;

export type BatchFilter = Partial<Pick<LedgerBatch, "role" | "provider" | "origin" | "model">>;

interface LedgerBatchesOptions {
  readonly database: DatabaseSync;
  readonly commits: LedgerCommits;
  /** Names this process in its batches. */
  readonly holder: string;
  /** Puts an answer in its tables, within a transaction of the caller's. */
  readonly insertCall: (call: LedgerCall) => void;
  readonly isBought: (identity: string) => boolean;
  readonly explained: <T>(use: () => T) => T;
}

const pageRows = 1_000;

/**
 * Batches at providers, from the intent to the last answer. The order that no kill can break: `open` (on the disk before anything is sent),
 * submit, `mark` with the provider's batch id, later `commit` for its answers and `drop` for its other lines in any portions and as often as
 * one likes, then `close`. What a kill leaves behind is found again with `unfinished`: without a `batch_id` it has to be looked for at the
 * provider.
 *
 * `batch_calls` holds the calls whose outcome is not known yet, each with what it may cost, which counts against the budget like any
 * reservation. A call leaves it with its answer, its refusal, or the end of the batch.
 */
export class LedgerBatches {
  readonly #options: LedgerBatchesOptions;
  readonly #insertLine: StatementSync;
  readonly #deleteLine: StatementSync;
  readonly #findLine: StatementSync;
  #readLine: StatementSync | null = null;

  constructor(options: LedgerBatchesOptions) {
    this.#options = options;
    const { database } = options;
    this.#insertLine = database.prepare(
      "INSERT INTO batch_calls (intent_id, identity, request, reserved_usd) VALUES (?, ?, ?, ?)",
    );
    this.#deleteLine = database.prepare("DELETE FROM batch_calls WHERE identity = ? AND intent_id = ?");
    this.#findLine = database.prepare("SELECT intent_id FROM batch_calls WHERE identity = ? ORDER BY id DESC LIMIT 1");
  }

  /**
   * Notes a batch, its calls and what they may cost, in one transaction that is on the disk when this returns. False, and nothing noted,
   * where that could pass `limitUsd`, bought, reserved and this together; null for calls that cost nothing.
   */
  open(
    intent: BatchIntent,
    { calls, limitUsd }: { readonly calls: readonly BatchCall[]; readonly limitUsd: number | null },
  ): boolean {
    const { database, commits, explained } = this.#options;
    const usd = calls.reduce((sum, { reserved_usd }) => sum + reserved_usd, 0);
    const write = (): boolean => {
      const spent = database.prepare("SELECT bought_usd + reserved_usd AS usd FROM totals").get() as { usd: number };
      if (limitUsd !== null && spent.usd + usd > limitUsd) return false;
      const { intent_id, role, provider, origin, model } = intent;
      database
        .prepare(
          `INSERT INTO batches (intent_id, role, provider, origin, model, state, calls, created_at, holder) VALUES (?, ?, ?, ?, ?, 'intent', ?, ?, ?)`,
        )
        .run(intent_id, role, provider, origin, model, calls.length, new Date().toISOString(), this.#options.holder);
      for (const { identity, request, reserved_usd } of calls)
        this.#insertLine.run(intent_id, identity, request, reserved_usd);
      return true;
    };
    return explained(() => commits.transact(write, { isSynced: true }));
  }

  /** How this process is named in `holder`. */
  get holder(): string {
    return this.#options.holder;
  }

  /** On the disk when it returns. */
  mark(intentId: string, mark: BatchMark): void {
    const columns = Object.entries(mark).filter(([, value]) => value !== undefined) as [string, SQLInputValue][];
    if (columns.length === 0) return;
    const sql = `UPDATE batches SET ${columns.map(([column]) => `${column} = ?`).join(", ")} WHERE intent_id = ?`;
    const { database, commits, explained } = this.#options;
    const values = columns.map(([, value]) => value);
    explained(() => commits.transact(() => database.prepare(sql).run(...values, intentId), { isSynced: true }));
  }

  /** Batches that are not over, the oldest first. */
  unfinished(filter: BatchFilter = {}): LedgerBatch[] {
    const entries = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const conditions = ["state NOT IN ('collected', 'abandoned')", ...entries.map(([column]) => `${column} = ?`)];
    const sql = `SELECT * FROM batches WHERE ${conditions.join(" AND ")} ORDER BY created_at, rowid`;
    const { database, explained } = this.#options;
    return explained(() => database.prepare(sql).all(...entries.map(([, value]) => value))) as unknown as LedgerBatch[];
  }

  /** Whether a batch at the provider is one of this ledger's, over or not. */
  knows(batchId: string): boolean {
    const { database, explained } = this.#options;
    return explained(() => database.prepare("SELECT 1 FROM batches WHERE batch_id = ?").get(batchId)) !== undefined;
  }

  /** A batch, or null. */
  find(intentId: string): LedgerBatch | null {
    const { database, explained } = this.#options;
    const row = explained(() => database.prepare("SELECT * FROM batches WHERE intent_id = ?").get(intentId));
    return (row as LedgerBatch | undefined) ?? null;
  }

  /** The calls of a batch that have no outcome yet, in the order in which they were given; read in portions, so that none is held long. */
  *calls(intentId: string): Generator<BatchCall> {
    const { database, explained } = this.#options;
    const page = database.prepare(
      "SELECT id, identity, request, reserved_usd FROM batch_calls WHERE intent_id = ? AND id > ? ORDER BY id LIMIT ?",
    );
    for (let after = 0; ; ) {
      const rows = explained(() => page.all(intentId, after, pageRows)) as unknown as (BatchCall & { id: number })[];
      for (const { identity, request, reserved_usd } of rows) yield { identity, request, reserved_usd };
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return;
      after = last.id;
    }
  }

  /** A call of a batch that has no outcome yet, or null. */
  call(intentId: string, identity: string): BatchCall | null {
    const sql = "SELECT identity, request, reserved_usd FROM batch_calls WHERE identity = ? AND intent_id = ?";
    const { database, explained } = this.#options;
    this.#readLine ??= database.prepare(sql);
    const read = this.#readLine;
    return explained(() => (read.get(identity, intentId) as BatchCall | undefined) ?? null);
  }

  /** Holds nothing back any more for a batch's calls without an outcome: it is over, and they are about to be asked elsewhere. */
  releaseRest(intentId: string): void {
    const sql = "UPDATE batch_calls SET reserved_usd = 0 WHERE intent_id = ? AND reserved_usd <> 0";
    const { database, commits, explained } = this.#options;
    commits.flush();
    explained(() => commits.transact(() => database.prepare(sql).run(intentId), { isSynced: false }));
  }

  /** The newest batch that a call waits for its answer in; null where it waits in none, and may be asked. */
  intentOf(identity: string): string | null {
    const row = this.#options.explained(() => this.#findLine.get(identity)) as { intent_id: string } | undefined;
    return row?.intent_id ?? null;
  }

  /** Tells of the calls whose answers come with batches that were sent before now; costs nothing where there are none. */
  awaited(): (identity: string) => boolean {
    const { database, explained } = this.#options;
    const hasAny = explained(() => database.prepare("SELECT 1 FROM batch_calls LIMIT 1").get()) !== undefined;
    return hasAny ? (identity) => this.intentOf(identity) !== null : () => false;
  }

  /**
   * Puts answers on the disk in the common groups, each with the end of its reservation. An answer that was committed before, as a kill ended
   * the collecting, is not counted again.
   */
  async commit(intentId: string, answers: readonly LedgerCall[]): Promise<void> {
    const { commits, insertCall, isBought } = this.#options;
    await Promise.all(
      answers.map((answer) =>
        commits.add(() => {
          const { changes } = this.#deleteLine.run(answer.identity, intentId);
          if (changes > 0 || !isBought(answer.identity)) insertCall(answer);
        }),
      ),
    );
  }

  /** Takes calls out of a batch that were not charged: refused, expired or cancelled lines. They may be asked again. */
  async drop(intentId: string, identities: readonly string[]): Promise<void> {
    const { commits } = this.#options;
    await Promise.all(identities.map((identity) => commits.add(() => void this.#deleteLine.run(identity, intentId))));
  }

  /** Ends a batch, after `commit` and `drop` have settled; what is still reserved for it is released. On the disk when it returns. */
  close(
    intentId: string,
    {
      state,
      error = null,
    }: { readonly state: Extract<BatchState, "collected" | "abandoned">; readonly error?: string | null },
  ): void {
    const { database, commits, explained } = this.#options;
    const sql = "UPDATE batches SET state = ?, error = ?, ended_at = coalesce(ended_at, ?) WHERE intent_id = ?";
    const write = (): void => {
      database.prepare("DELETE FROM batch_calls WHERE intent_id = ?").run(intentId);
      database.prepare(sql).run(state, error, new Date().toISOString(), intentId);
    };
    explained(() => commits.transact(write, { isSynced: true }));
  }
}
