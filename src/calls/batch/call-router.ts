import type { BatchApi, BatchError, TokenPrice } from "../../models/index.ts";
import { toCallOptions } from "../attempt.ts";
import type { Failure } from "../failure.ts";
import { explainFatal } from "../provider-errors.ts";
import type { ModelRequest } from "../request.ts";
import type { WakeUp } from "../wake-up.ts";
import type { BatchDesk } from "./batch-desk.ts";
import { describeErrors, explainRefusedBatch, notByBatch } from "./batch-errors.ts";
import type { BatchSettings, CallingMode, CallingOptions } from "./batch-options.ts";
import { BatchRoom, type RefusedCall } from "./batch-room.ts";
import { countFitting, type FilledLine, Filling } from "./filling.ts";
import { judgeRefusal } from "./judge-refusal.ts";
import { worstLineCost } from "./line-cost.ts";
import type { Outcomes } from "./outcomes.ts";
import { readRequest } from "./read-request.ts";
import type { RealtimeLane } from "./realtime-lane.ts";
import { recordFailure } from "./record-failure.ts";

/** A call on its way to a batch, or to real time. */
export interface RoutedCall {
  readonly identity: string;
  /** Canonical JSON. */
  readonly json: string;
  /** The ended batch that it comes back from, or null. */
  readonly from: string | null;
}

export interface RouterOptions {
  readonly calling: CallingOptions;
  readonly mode: CallingMode;
  readonly settings: BatchSettings;
  readonly api: BatchApi;
  readonly desk: BatchDesk;
  readonly lane: RealtimeLane;
  readonly outcomes: Outcomes<unknown>;
  /** Null for a model that costs nothing. */
  readonly price: TokenPrice | null;
  readonly halt: AbortSignal;
  /** Notified when a batch has ended or a call in real time has its outcome. */
  readonly change: WakeUp;
}

/** Sums of many small dollars are off by rounding. */
const roundingUsd = 1e-9;

/** Sends calls where they belong: fills batches, or hands them on to be made in real time. */
export class CallRouter {
  readonly #options: RouterOptions;
  readonly #filling = new Filling();
  readonly #room: BatchRoom;
  #isByBatch: boolean;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#room = new BatchRoom(options);
    this.#isByBatch = options.mode !== "realtime";
  }

  /** Calls that wait for their batch to be filled. */
  get filling(): number {
    return this.#filling.count;
  }

  async route(call: RoutedCall, request: ModelRequest): Promise<void> {
    const { mode, outcomes } = this.#options;
    const isFirst = (outcomes.get(call.identity)?.sends ?? 0) === 0;
    if (!this.#isByBatch || (mode === "auto" && !isFirst)) return this.#toRealtime(call, request);
    const prepared = await this.#prepare(request);
    if (prepared === null) return this.#toRealtime(call, request);
    if (this.#filling.isFullFor(prepared, this.#room.limits)) await this.#sendAll(this.#filling.takeAll());
    const { identity, json, from } = call;
    const reserved_usd = worstLineCost(request, this.#options.price);
    this.#filling.add({ call: { identity, request: json, reserved_usd }, prepared, from });
  }

  /** Sends what there is; under `auto`, few calls go in real time. */
  async flush(): Promise<void> {
    const { mode, settings } = this.#options;
    const lines = this.#filling.takeAll();
    if (mode === "auto" && lines.length < settings.minCalls) await this.#allToRealtime(lines);
    else await this.#sendAll(lines);
  }

  /** A batch has ended with something done, so that there is room at the provider. */
  noteRoom(): void {
    this.#room.noteEnd();
  }

  /**
   * Decides on a batch, of calls in the order of its lines, that the provider took nothing of. Calls that stay out for good are handed out as
   * failed; the others are the caller's to route again.
   * @throws ProviderError where no batch would be taken, under `batch`.
   */
  async refuse(
    calls: readonly RefusedCall[],
    refusal: readonly BatchError[],
    batch: { readonly intentId: string | null; readonly batchId: string | null },
  ): Promise<void> {
    const { mode, calling } = this.#options;
    const verdict = judgeRefusal(refusal, calls.length);
    if (verdict === "too many tokens" || verdict === "too large") {
      this.#room.shrink(verdict, refusal, calls);
    } else if (verdict === "hopeless") {
      if (mode === "batch") throw explainRefusedBatch(calling.model, refusal);
      this.#giveUpBatches(describeErrors(refusal));
    } else {
      for (const [line, error] of verdict.lines) {
        const call = calls[line - 1];
        if (call === undefined) continue;
        const failure = { code: "bad_request", message: describeErrors([error]) };
        await recordFailure(call, { ...batch, failure, isFinal: true, tries: 1, calling });
        this.#options.outcomes.failed(call.identity, { ...failure, tries: 1 });
      }
    }
  }

  #giveUpBatches(why: string): void {
    const { calling } = this.#options;
    if (!this.#isByBatch) return;
    this.#isByBatch = false;
    calling.onNote?.(`${calling.model.name} cannot be called by batch (${why}): the rest goes in real time.`);
  }

  /** Null where the call cannot be one of a batch, under `auto`. */
  async #prepare(request: ModelRequest) {
    const { api, mode, calling } = this.#options;
    try {
      return await api.prepare(toCallOptions(calling.model, request));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (mode === "batch") throw notByBatch(calling.model, error);
      this.#giveUpBatches(error.message);
      return null;
    }
  }

  async #toRealtime({ identity, from }: RoutedCall, request: ModelRequest): Promise<void> {
    const { lane, outcomes, calling } = this.#options;
    const waiting = outcomes.get(identity);
    if (waiting === undefined) return;
    waiting.intentId = null;
    if (from !== null) await calling.ledger.batches.drop(from, [identity]);
    await lane.push({ ...request, tag: identity });
  }

  async #allToRealtime(lines: readonly FilledLine[]): Promise<void> {
    for (const { call, from } of lines) {
      const routed = { identity: call.identity, json: call.request, from };
      await this.#toRealtime(routed, readRequest(call.request, call.identity));
    }
  }

  async #sendAll(all: readonly FilledLine[]): Promise<void> {
    const { halt, desk } = this.#options;
    let lines = all;
    while (lines.length > 0) {
      if (!this.#isByBatch) return this.#allToRealtime(lines);
      await this.#room.wait();
      halt.throwIfAborted();
      const part = lines.slice(0, Math.min(countFitting(lines, this.#room.limits), this.#affordable(lines)));
      if (part.length === 0) {
        await this.#awaitMoney(lines);
        continue;
      }
      const submitted = await desk.submit(part);
      if (submitted === "again") continue;
      if (submitted === "over budget") await this.#awaitMoney(lines);
      else if ("intentId" in submitted) {
        await this.#sent(part, submitted.intentId);
        lines = lines.slice(part.length);
      } else {
        await this.#refused(part, submitted.refused);
        lines = lines.filter(({ call }) => this.#options.outcomes.get(call.identity) !== undefined);
      }
    }
  }

  async #sent(lines: readonly FilledLine[], intentId: string): Promise<void> {
    const { outcomes, calling } = this.#options;
    const drops: Promise<void>[] = [];
    for (const { call, from } of lines) {
      const waiting = outcomes.get(call.identity);
      if (waiting !== undefined) Object.assign(waiting, { intentId, sends: waiting.sends + 1 });
      if (from !== null) drops.push(calling.ledger.batches.drop(from, [call.identity]));
    }
    await Promise.all(drops);
  }

  async #refused(lines: readonly FilledLine[], failure: Failure): Promise<void> {
    const { calling, mode } = this.#options;
    const error = { code: failure.code, message: failure.message, line: null };
    const calls = lines.map(({ call }) => ({ identity: call.identity, json: call.request }));
    if (failure.kind === "row" || /enqueued/i.test(failure.message)) {
      return this.refuse(calls, [error], { intentId: null, batchId: null });
    }
    if (failure.kind === "refused") {
      return this.#room.refused(failure.retryAfterMs);
    }
    const hasNoEndpoint = failure.status === 404 || failure.status === 405;
    if (mode !== "auto" || !hasNoEndpoint) throw explainFatal(calling.model, failure);
    this.#giveUpBatches(failure.message);
  }

  /** How many of the first lines the budget holds. */
  #affordable(lines: readonly FilledLine[]): number {
    const { price, calling } = this.#options;
    if (price === null) return lines.length;
    const { boughtUsd, reservedUsd } = calling.ledger.spending();
    let leftUsd = (calling.budget.limitUsd ?? 0) + roundingUsd - boughtUsd - reservedUsd;
    const index = lines.findIndex(({ call }) => {
      leftUsd -= call.reserved_usd;
      return leftUsd < 0;
    });
    return index < 0 ? lines.length : index;
  }

  /** Until a batch or a call has ended, whose worst cost was held back. @throws BudgetError where there is none. */
  async #awaitMoney(lines: readonly FilledLine[]): Promise<void> {
    const { desk, lane, outcomes, calling, change, halt } = this.#options;
    if (desk.open.size === 0 && lane.open === 0) {
      const worstUsd = lines[0]?.call.reserved_usd ?? 0;
      throw calling.budget.explainStop({ answers: outcomes.counts.answered, worstUsd });
    }
    await change.wait();
    halt.throwIfAborted();
  }
}
