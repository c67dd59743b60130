import type { BatchApi, BatchError } from "../../models/index.ts";
import type { WakeUp } from "../wake-up.ts";
import type { BatchDesk } from "./batch-desk.ts";
import { explainRefusedBatch } from "./batch-errors.ts";
import type { BatchSettings, CallingOptions } from "./batch-options.ts";
import type { FillLimits } from "./filling.ts";
import type { OpenBatch } from "./open-batch.ts";
import { pause } from "./patience.ts";

/** A call of a batch that was not taken. */
export interface RefusedCall {
  readonly identity: string;
  /** Canonical JSON. */
  readonly json: string;
}

interface RoomOptions {
  readonly calling: CallingOptions;
  readonly settings: BatchSettings;
  readonly api: BatchApi;
  readonly desk: BatchDesk;
  readonly halt: AbortSignal;
  /** Notified when something has become of a batch. */
  readonly change: WakeUp;
}

/** The provider counts tokens, we count bytes: hardly any text has fewer bytes for a token than this. */
const bytesPerToken = 3;
const longestHoldFactor = 20;

/** How much a provider takes: how large a batch may be, and whether it takes another one now. */
export class BatchRoom {
  readonly #options: RoomOptions;
  #limits: FillLimits;
  /** Nothing is submitted until a batch has ended: the provider holds as many tokens as it will. */
  #isHeld = false;
  /** Refusals in a row. */
  #holds = 0;
  /** It has refused for want of room: one batch at a time is offered. */
  #isCautious = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    const { mostLines, mostBytes } = options.api;
    this.#limits = { mostBytes, mostLines: Math.min(mostLines, options.settings.maxCalls ?? mostLines) };
  }

  /** Of one batch. */
  get limits(): FillLimits {
    return this.#limits;
  }

  /** A batch has ended with something done. */
  noteEnd(): void {
    this.#isHeld = false;
    this.#holds = 0;
  }

  /**
   * Decides whether a batch that did not fit in is itself too large, or has to wait for others: ours, or other people's.
   * @throws ProviderError for a single call that does not fit in.
   */
  shrink(
    verdict: "too many tokens" | "too large",
    refusal: readonly BatchError[],
    calls: readonly RefusedCall[],
  ): void {
    const { calling, desk } = this.#options;
    if (verdict === "too many tokens") {
      this.#hold();
      const limit = readTokenLimit(refusal) ?? Number.NaN;
      const tokens = calls.reduce((sum, { json }) => sum + json.length, 0) / bytesPerToken;
      if (limit > 0) this.#learn({ mostBytes: limit * bytesPerToken });
      if (tokens <= limit / 2 || (desk.open.size > 0 && this.#holds < 2)) return;
    }
    if (calls.length === 1) throw explainRefusedBatch(calling.model, refusal);
    this.#learn({ mostLines: Math.max(1, Math.floor(calls.length / 2)) });
  }

  /** A submission was refused for rate. */
  async refused(retryAfterMs: number | null): Promise<void> {
    this.#hold();
    if (this.#options.desk.open.size === 0) await this.#pause(retryAfterMs);
  }

  /** Until another batch may be submitted. @throws CancelledError after the halt. */
  async wait(): Promise<void> {
    const { desk, change, halt } = this.#options;
    while ((this.#isHeld && desk.open.size > 0) || (this.#isCautious && [...desk.open.values()].some(isOffered))) {
      await change.wait();
      halt.throwIfAborted();
    }
    if (this.#isHeld) await this.#pause(null);
  }

  #learn({ mostLines, mostBytes }: Partial<FillLimits>): void {
    this.#limits = {
      mostLines: Math.min(this.#limits.mostLines, mostLines ?? Number.POSITIVE_INFINITY),
      mostBytes: Math.min(this.#limits.mostBytes, mostBytes ?? Number.POSITIVE_INFINITY),
    };
  }

  #hold(): void {
    const { model, onNote } = this.#options.calling;
    if (!this.#isCautious) onNote?.(`${model.origin} takes no more batches for now: the rest waits for room.`);
    this.#isHeld = true;
    this.#isCautious = true;
    this.#holds++;
  }

  /** Other people's batches hold the provider's room. */
  async #pause(retryAfterMs: number | null): Promise<void> {
    const { settings, halt } = this.#options;
    const factor = Math.min(longestHoldFactor, 2 ** Math.max(0, this.#holds - 1));
    await pause(Math.max(retryAfterMs ?? 0, settings.pollMs * factor), halt);
    this.#isHeld = false;
  }
}

function isOffered({ status }: OpenBatch): boolean {
  return status === null || status.rawStatus === "validating";
}

/** "... Limit: 2,000,000 enqueued tokens." */
function readTokenLimit(errors: readonly BatchError[]): number | null {
  for (const { message } of errors) {
    const limit = Number(/limit:?\s*([\d,]+)\s*enqueued/i.exec(message)?.[1]?.replaceAll(",", "") ?? 0);
    if (limit > 0) return limit;
  }
  return null;
}
