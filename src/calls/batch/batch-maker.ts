import { CancelledError } from "../../core/index.ts";
import type { BatchApi, BatchLine, ResolvedModel } from "../../models/index.ts";
import type { Failure } from "../failure.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { BatchCall } from "../ledger/ledger-schema.ts";
import { explainFatal } from "../provider-errors.ts";
import { intentsHere } from "./batch-holder.ts";
import type { BatchSettings } from "./batch-options.ts";
import { customIdOf, newIntentId } from "./custom-id.ts";
import type { FilledLine } from "./filling.ts";
import { findBatch } from "./find-batch.ts";
import { mostPollFactor, pause } from "./patience.ts";
import { discardUpload, markSubmitted, trySubmit } from "./submit-batch.ts";
import { createSubmitPatience, type SubmitPatience } from "./submit-patience.ts";

export interface MakerOptions {
  readonly model: ResolvedModel;
  readonly role: string;
  readonly ledger: Ledger;
  readonly api: BatchApi;
  /** Dollars that the project may spend in all; null for a model that costs nothing. */
  readonly limitUsd: number | null;
  readonly settings: BatchSettings;
  /** Ends waits and looks. */
  readonly halt: AbortSignal;
  /** Ends what is in flight. */
  readonly cut: AbortSignal;
  readonly random: () => number;
  /** Batches that are looked after meanwhile. */
  readonly openBatches: () => number;
  readonly onNote?: ((note: string) => void) | undefined;
}

/** What became of a submission: a batch; no batch, as the budget does not hold it, or as nobody knows why and it may be tried again; a refusal. */
export type Submitted = { readonly intentId: string } | "over budget" | "again" | { readonly refused: Failure };

/** Makes batches: from the intent in the ledger to the provider's own name of the batch. */
export class BatchMaker {
  readonly #options: MakerOptions;
  readonly #patience: SubmitPatience;

  constructor(options: MakerOptions) {
    this.#options = options;
    this.#patience = createSubmitPatience(options);
  }

  /** The intent, with its calls and what they may cost, is on the disk before the provider hears of it. */
  async make(lines: readonly FilledLine[]): Promise<Submitted> {
    const { ledger, model, role, limitUsd } = this.#options;
    const { provider, origin, identity } = model;
    const intentId = newIntentId();
    const calls: BatchCall[] = lines.map(({ call }) => call);
    ledger.assertRoom();
    const intent = { intent_id: intentId, role, provider, origin, model: identity };
    if (!ledger.batches.open(intent, { calls, limitUsd })) return "over budget";
    intentsHere.add(intentId);
    try {
      const named = lines.map(({ call, prepared }) => ({
        customId: customIdOf(call.identity, intentId),
        call: prepared,
      }));
      return await this.#send(intentId, named);
    } finally {
      intentsHere.delete(intentId);
    }
  }

  async #send(intentId: string, lines: readonly BatchLine[]): Promise<Submitted> {
    const { ledger, api, cut, halt, settings } = this.#options;
    for (let waitMs = settings.pollMs; ; waitMs = Math.min(settings.pollMs * mostPollFactor, waitMs * 2)) {
      const tried = await trySubmit(lines, { api, batches: ledger.batches, intentId, cut });
      if ("batchId" in tried) return this.#made(intentId);
      const { failure, isCertain } = tried;
      if (!isCertain) return this.#recover(intentId, failure);
      if (failure.kind !== "passing" || halt.aborted) {
        this.#abandon(intentId, failure.message);
        if (halt.aborted) throw new CancelledError();
        if (failure.kind === "bug") throw failure.cause;
        return { refused: failure };
      }
      this.#noteFailure(intentId, failure);
      await pause(waitMs, halt);
    }
  }

  #made(intentId: string): Submitted {
    this.#patience.succeed();
    return { intentId };
  }

  #abandon(intentId: string, error: string): void {
    this.#options.ledger.batches.close(intentId, { state: "abandoned", error });
  }

  /** No batch was made. @throws ProviderError, with the intent over, where that has gone on for too long. */
  #noteFailure(intentId: string, failure: Failure): void {
    try {
      this.#patience.fail(failure);
    } catch (error) {
      this.#abandon(intentId, failure.message);
      throw error;
    }
  }

  /** Nobody saw the end of the submission. */
  async #recover(intentId: string, failure: Failure): Promise<Submitted> {
    const { api, cut, halt, ledger, model, random, settings } = this.#options;
    const { graceMs, pollMs } = settings;
    const row = ledger.batches.find(intentId);
    if (row === null) return "again";
    const patience = { halt, cut, random, onTrouble: () => undefined, firstMs: Math.min(1_000, pollMs) };
    const found = await findBatch(row, { api, batches: ledger.batches, graceMs, pollMs, patience });
    if (found !== null && "failure" in found) throw explainFatal(model, found.failure);
    if (found === null) {
      await discardUpload(row, { api, cut });
      this.#noteFailure(intentId, failure);
      this.#abandon(intentId, "no batch was made");
      return "again";
    }
    markSubmitted(ledger.batches, intentId, found.batchId);
    return this.#made(intentId);
  }
}
