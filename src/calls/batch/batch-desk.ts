import type { TokenPrice } from "../../models/index.ts";
import type { Failure } from "../failure.ts";
import type { LedgerBatch, LedgerCall } from "../ledger/ledger-schema.ts";
import { explainFatal } from "../provider-errors.ts";
import { accountEnding } from "./account-ending.ts";
import { explainUnknownBatch } from "./batch-errors.ts";
import { intentsHere, isHeldElsewhere } from "./batch-holder.ts";
import { BatchMaker, type MakerOptions, type Submitted } from "./batch-maker.ts";
import { cancelBatch } from "./cancel-batch.ts";
import { type Collected, collectBatch } from "./collect-batch.ts";
import type { FilledLine } from "./filling.ts";
import { findBatch } from "./find-batch.ts";
import { withIdleDeadline } from "./idle-deadline.ts";
import { type BatchEnding, type OpenBatch, openBatch } from "./open-batch.ts";
import { askPatiently, mostPollFactor, type PatienceOptions, pause } from "./patience.ts";
import { discardUpload, markSubmitted } from "./submit-batch.ts";

export interface DeskOptions extends Omit<MakerOptions, "openBatches"> {
  /** Null for a model that costs nothing. */
  readonly price: TokenPrice | null;
  readonly triesOf: (identity: string) => number;
  readonly onAnswers: (answers: readonly LedgerCall[]) => void;
  readonly onEnded: (batch: OpenBatch, ending: BatchEnding) => void;
  readonly onError: (error: unknown) => void;
  /** Something that is shown has changed. */
  readonly onChange: () => void;
}

const pollGrowth = 1.5;
const mostReads = 3;
const followMs = 2_000;

/** Looks after a model's batches: from the intent in the ledger, over submission and looks, to the answers in the ledger. */
export class BatchDesk {
  readonly #options: DeskOptions;
  readonly #open = new Map<string, OpenBatch>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #maker: BatchMaker;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#maker = new BatchMaker({ ...options, openBatches: () => this.#open.size });
  }

  get open(): ReadonlyMap<string, OpenBatch> {
    return this.#open;
  }

  /** Goes on with what earlier runs have left. */
  resume(rows: readonly LedgerBatch[]): void {
    for (const row of rows) this.#look(openBatch(row), 0);
  }

  /** Makes a batch, and looks after it. */
  async submit(lines: readonly FilledLine[]): Promise<Submitted> {
    const submitted = await this.#maker.make(lines);
    const row = typeof submitted === "object" && "intentId" in submitted ? this.#find(submitted.intentId) : null;
    if (row !== null) this.#look(openBatch(row), this.#options.settings.pollMs);
    return submitted;
  }

  #find(intentId: string): LedgerBatch | null {
    return this.#options.ledger.batches.find(intentId);
  }

  /** Looks after a batch until it is over, beside everything else. */
  #look(batch: OpenBatch, firstLookMs: number): void {
    const { intent_id: intentId } = batch.row;
    this.#open.set(intentId, batch);
    const task = this.#lookAfter(batch, firstLookMs)
      .then((ending) => {
        accountEnding(this.#options.ledger, batch.row, ending);
        this.#open.delete(intentId);
        this.#options.onEnded(batch, ending);
      })
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  async #lookAfter(batch: OpenBatch, firstLookMs: number): Promise<BatchEnding> {
    if (!(await this.#takeOver(batch))) return { kind: "elsewhere" };
    const { intent_id: intentId } = batch.row;
    intentsHere.add(intentId);
    try {
      const never = await this.#locate(batch);
      return never ?? (await this.#pollToEnd(batch, firstLookMs));
    } finally {
      intentsHere.delete(intentId);
    }
  }

  /** False where another run has ended it; waits for one that looks after it. */
  async #takeOver(batch: OpenBatch): Promise<boolean> {
    const { ledger, halt, onChange, settings } = this.#options;
    const { intent_id: intentId } = batch.row;
    for (;;) {
      const row = this.#find(intentId);
      if (row === null || row.state === "collected" || row.state === "abandoned") return false;
      batch.row = row;
      batch.isFollowed = isHeldElsewhere(row);
      if (!batch.isFollowed) break;
      batch.nextLookAt = Date.now() + Math.min(followMs, settings.pollMs);
      onChange();
      await pause(Math.min(followMs, settings.pollMs), halt);
    }
    if (batch.row.holder !== ledger.batches.holder) ledger.batches.mark(intentId, { holder: ledger.batches.holder });
    return true;
  }

  /** Finds the batch of an intent whose submission nobody saw the end of. */
  async #locate(batch: OpenBatch): Promise<BatchEnding | null> {
    if (batch.row.batch_id !== null) return null;
    const { api, cut, ledger, model, settings } = this.#options;
    const { graceMs, pollMs } = settings;
    const patience = this.#patience(batch);
    const found = await findBatch(batch.row, { api, batches: ledger.batches, graceMs, pollMs, patience });
    if (found === null) {
      await discardUpload(batch.row, { api, cut });
      return { kind: "never", isCertain: true };
    }
    if ("failure" in found) {
      const { status } = found.failure;
      if (status === 404 || status === 405 || status === 501) return { kind: "never", isCertain: false };
      throw explainFatal(model, found.failure);
    }
    markSubmitted(ledger.batches, batch.row.intent_id, found.batchId);
    batch.row = this.#find(batch.row.intent_id) ?? batch.row;
    return null;
  }

  async #pollToEnd(batch: OpenBatch, firstLookMs: number): Promise<BatchEnding> {
    const { api, model, halt, settings, onChange } = this.#options;
    const { row } = batch;
    const batchId = row.batch_id ?? "";
    const most = settings.pollMs * mostPollFactor;
    for (let waitMs = firstLookMs; ; waitMs = Math.min(most, Math.max(settings.pollMs, waitMs * pollGrowth))) {
      batch.nextLookAt = Date.now() + waitMs;
      onChange();
      await pause(waitMs, halt);
      batch.nextLookAt = null;
      const looked = await askPatiently((signal) => api.status(batchId, signal), this.#patience(batch));
      if ("failure" in looked) {
        throw looked.failure.status === 404
          ? explainUnknownBatch(model, row, looked.failure)
          : explainFatal(model, looked.failure);
      }
      batch.status = looked.value;
      onChange();
      if (looked.value.phase === "ended") return this.#collect(batch);
      if (looked.value.phase === "failed") return { kind: "refused", errors: looked.value.errors };
    }
  }

  /** Results in which lines are missing or broken are read again before that is believed: what was cut on its way is no reason to buy twice. */
  async #collect(batch: OpenBatch): Promise<BatchEnding> {
    const { model, settings, halt } = this.#options;
    const isCut = /cancel|expire/i.test(batch.status?.rawStatus ?? "");
    for (let reads = 1; ; reads++) {
      const patience = { ...this.#patience(batch), timeoutMs: null };
      const read = await askPatiently((signal) => this.#bringIn(batch, signal), patience);
      if ("failure" in read) {
        const { failure } = read;
        if (failure.kind === "row" || failure.status === 404) return { kind: "gone", reason: failure.message };
        throw explainFatal(model, failure);
      }
      if (isWhole(read.value) || reads === mostReads) return { kind: "collected", collected: read.value, isCut };
      await pause(settings.pollMs * reads, halt);
    }
  }

  #bringIn(batch: OpenBatch, signal: AbortSignal) {
    const { api, ledger, model, price, triesOf, onAnswers } = this.#options;
    return withIdleDeadline(signal, ({ signal: idle, touch }) =>
      collectBatch(batch.row, {
        api: { ...api, results: (batchId) => touching(api.results(batchId, idle), touch) },
        batches: ledger.batches,
        model,
        price,
        triesOf,
        onAnswers,
        signal: idle,
      }),
    );
  }

  #patience(batch: OpenBatch): PatienceOptions {
    const { halt, cut, random, settings, onChange } = this.#options;
    const onTrouble = (failure: Failure | null): void => {
      batch.trouble = failure?.message ?? null;
      onChange();
    };
    return { halt, cut, random, onTrouble, firstMs: Math.min(1_000, settings.pollMs) };
  }

  /** Waits until nothing is looked after any more; after a halt. */
  async settle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /**
   * After a halt by the user: ends the batches at the provider, and brings in what they had done by then where that is ready before the cut. The
   * next start brings in the rest.
   */
  async cancelAll(): Promise<{ readonly batches: number; readonly calls: number }> {
    const ours = [...this.#open.values()].filter(
      ({ row, isFollowed, status }) => row.batch_id !== null && !isFollowed && status?.phase !== "failed",
    );
    const { api, ledger, cut } = this.#options;
    const bringIn = async (batch: OpenBatch, signal: AbortSignal): Promise<void> => {
      const collected = await this.#bringIn(batch, signal);
      accountEnding(ledger, batch.row, { kind: "collected", collected, isCut: true });
    };
    await Promise.all(ours.map((batch) => cancelBatch(batch, { api, batches: ledger.batches, cut, bringIn })));
    return { batches: ours.length, calls: ours.reduce((sum, { row }) => sum + row.calls, 0) };
  }
}

function isWhole({ missing, failures }: Collected): boolean {
  return missing.size === 0 && ![...failures.values()].some(({ isMaybeCharged }) => isMaybeCharged);
}

async function* touching<T>(items: AsyncIterable<T>, touch: () => void): AsyncGenerator<T> {
  for await (const item of items) {
    touch();
    yield item;
  }
}
