import { setMaxListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { CancelledError, UsageError } from "../../core/index.ts";
import type { BatchApi } from "../../models/index.ts";
import { CallRun } from "../call-run.ts";
import type { CallState } from "../call-state.ts";
import { identifyCall } from "../identity.ts";
import type { ModelAnswer, ModelRequest } from "../request.ts";
import { createWakeUp } from "../wake-up.ts";
import { BatchDesk } from "./batch-desk.ts";
import { type BatchSettings, type CallingOptions, defaultBatchSettings } from "./batch-options.ts";
import { createBatchStateReader } from "./batch-state.ts";
import { CallRouter } from "./call-router.ts";
import type { BatchEnding, OpenBatch } from "./open-batch.ts";
import { Outcomes } from "./outcomes.ts";
import { learnSchema } from "./read-request.ts";
import { RealtimeLane } from "./realtime-lane.ts";
import { explainCancelled, noteLeft, noteResumed } from "./run-notes.ts";
import { settleEnding } from "./settle-ending.ts";

/** Answers that nobody took yet, before no more requests are taken. */
const mostUntaken = 4_096;
const turnEvery = 256;

interface Started {
  readonly desk: BatchDesk;
  readonly router: CallRouter;
}

/** One run of callAll by batch: takes requests, has them answered by batch or in real time, hands out committed answers. */
export class BatchRun<Tag> {
  readonly #options: CallingOptions;
  readonly #settings: BatchSettings;
  readonly #loadApi: () => Promise<BatchApi>;
  readonly #outcomes: Outcomes<Tag>;
  readonly #lane: RealtimeLane;
  /** Ended batches that were not seen to yet. */
  readonly #endings: { readonly batch: OpenBatch; readonly ending: BatchEnding }[] = [];
  /** For whoever takes the answers, for the one task that sends calls, for its source, and for real time without money. */
  readonly #progress = createWakeUp();
  readonly #change = createWakeUp();
  readonly #room = createWakeUp();
  readonly #relief = createWakeUp();
  readonly #halt = new AbortController();
  readonly #cut = new AbortController();
  #desk: BatchDesk | null = null;
  #readRealtime: (() => CallState) | null = null;
  #stopped: { readonly error: unknown } | null = null;
  #isDone = false;
  /** Batches that have ended, and how many had when real time last began. */
  #ended = 0;
  #endedBefore = 0;

  constructor(options: CallingOptions, loadApi: () => Promise<BatchApi>) {
    this.#options = options;
    this.#loadApi = loadApi;
    this.#settings = { ...defaultBatchSettings, ...options.batch };
    this.#outcomes = new Outcomes(options, (error) => this.#stop(error));
    const { model, budget } = options;
    if (!model.isFree && (model.price === null || budget.limitUsd === null)) {
      throw new UsageError(`${model.name} has a price and cannot be called without a budget`, {
        hint: "Give one with --budget DOLLARS or budget_usd.",
      });
    }
    // Each open batch listens, and there may be many.
    setMaxListeners(0, this.#halt.signal, this.#cut.signal);
    this.#lane = new RealtimeLane({
      ask: (requests) => this.#askRealtime(requests),
      onAnswer: (answer) => this.#takeRealtime(answer),
      onError: (error) => this.#stop(error),
      awaitRelief: () => this.#awaitRelief(),
    });
  }

  async *answers(
    source: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>,
  ): AsyncGenerator<ModelAnswer<Tag>> {
    const { signal, onState } = this.#options;
    onState?.(
      createBatchStateReader(this.#options, {
        counters: this.#outcomes.counts,
        readBatches: () => [...(this.#desk?.open.values() ?? [])],
        readRealtime: () => this.#readRealtime?.() ?? null,
      }),
    );
    const cancel = (): void => this.#stop(new CancelledError());
    signal.addEventListener("abort", cancel);
    if (signal.aborted) cancel();
    const main = this.#stopped === null ? this.#main(source) : Promise.resolve();
    try {
      for (;;) {
        const answer = signal.aborted ? undefined : this.#outcomes.take();
        if (answer !== undefined) {
          yield answer;
          this.#room.notify();
        } else if (this.#stopped !== null) {
          await this.#end(main);
          if (signal.aborted || this.#outcomes.untaken === 0) throw await this.#explainEnd(this.#stopped.error);
        } else if (this.#isDone) return;
        else await this.#progress.wait();
      }
    } finally {
      signal.removeEventListener("abort", cancel);
      this.#stop(new CancelledError());
      await this.#end(main);
    }
  }

  /** The one task that takes requests and sends calls. */
  async #main(source: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>): Promise<void> {
    try {
      const started = this.#start(await this.#loadApi());
      await this.#takeAll(source, started);
      await this.#awaitAll(started);
      await this.#lane.close();
      this.#isDone = true;
    } catch (error) {
      this.#stop(error);
    }
    this.#progress.notify();
  }

  #start(api: BatchApi): Started {
    const { model, role, ledger, budget, mode = "realtime", random = Math.random } = this.#options;
    const price = model.isFree ? null : model.price;
    const [halt, cut] = [this.#halt.signal, this.#cut.signal];
    const desk = new BatchDesk({
      model,
      role,
      ledger,
      api,
      price,
      limitUsd: price === null ? null : budget.limitUsd,
      settings: this.#settings,
      halt,
      cut,
      random,
      triesOf: (identity) => Math.max(1, this.#outcomes.get(identity)?.sends ?? 1),
      onAnswers: (answers) => {
        for (const answer of answers) this.#outcomes.answered(answer);
        this.#notify();
      },
      onEnded: (batch, ending) => {
        this.#ended++;
        this.#endings.push({ batch, ending });
        this.#notify();
      },
      onError: (error) => this.#stop(error),
      onNote: this.#options.onNote,
      onChange: () => this.#change.notify(),
    });
    const router = new CallRouter({
      calling: this.#options,
      mode,
      settings: this.#settings,
      api,
      desk,
      lane: this.#lane,
      outcomes: this.#outcomes,
      price,
      halt,
      change: this.#change,
    });
    this.#desk = desk;
    const { provider, origin, identity } = model;
    const rows = ledger.batches.unfinished({ provider, origin, model: identity });
    noteResumed(this.#options, rows);
    desk.resume(rows);
    return { desk, router };
  }

  async #takeAll(
    source: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>,
    started: Started,
  ): Promise<void> {
    let taken = 0;
    for await (const request of source) {
      if (this.#stopped !== null) return;
      await this.#admit(request, started);
      await this.#settleEndings(started);
      this.#progress.notify();
      // Answers that are there at once must not keep timers and signals from their turn.
      if (++taken % turnEvery === 0) await setImmediate();
      while (this.#outcomes.untaken >= mostUntaken && this.#stopped === null) await this.#room.wait();
    }
  }

  async #admit(request: ModelRequest<Tag>, { desk, router }: Started): Promise<void> {
    const { model, ledger } = this.#options;
    const { identity, request: json } = identifyCall(model, request);
    const same = this.#outcomes.get(identity);
    if (same !== undefined) {
      same.tags.push(request.tag);
      return;
    }
    if (this.#outcomes.find(identity, request.tag)) return;
    const intentId = ledger.batches.intentOf(identity);
    const batch = intentId === null ? null : this.#batchOf(intentId, desk);
    const isFollowed = batch?.isFollowed === true;
    this.#outcomes.wait(identity, {
      tags: [request.tag],
      intentId: batch === null ? null : intentId,
      sends: 0,
      kept: isFollowed ? request : null,
    });
    learnSchema(request);
    if (batch === null) await router.route({ identity, json, from: null }, request);
  }

  /** The open batch of an intent, or one that has ended and was not seen to yet; of another run that began after this one, too. */
  #batchOf(intentId: string, desk: BatchDesk): OpenBatch | null {
    const ended = this.#endings.find(({ batch }) => batch.row.intent_id === intentId)?.batch;
    const known = desk.open.get(intentId) ?? ended;
    if (known !== undefined) return known;
    const row = this.#options.ledger.batches.find(intentId);
    if (row !== null) desk.resume([row]);
    return desk.open.get(intentId) ?? null;
  }

  /** Until every call has its outcome, and every batch that earlier runs left was looked at. */
  async #awaitAll(started: Started): Promise<void> {
    const { desk, router } = started;
    while (this.#stopped === null) {
      await this.#settleEndings(started);
      await router.flush();
      if (this.#endings.length > 0) continue;
      if (this.#outcomes.open === 0 && ![...desk.open.values()].some(isAwaited)) break;
      await this.#change.wait();
    }
    if (this.#stopped === null) noteLeft(this.#options, desk.open.size);
  }

  async #settleEndings({ router }: Started): Promise<void> {
    for (let next = this.#endings[0]; next !== undefined && this.#stopped === null; next = this.#endings[0]) {
      await settleEnding(next.batch, next.ending, { calling: this.#options, router, outcomes: this.#outcomes });
      this.#endings.shift();
      this.#notify();
    }
  }

  /** Failures are tallied here, over batches and real time together. */
  #askRealtime(requests: AsyncIterable<ModelRequest<string>>): AsyncIterable<ModelAnswer<string>> {
    const onState = (read: () => CallState): void => {
      this.#readRealtime = read;
    };
    this.#endedBefore = this.#ended;
    const own = { signal: this.#halt.signal, maxFailedShare: 1, onState };
    return new CallRun<string>({ ...this.#options, ...own }).answers(requests);
  }

  #takeRealtime({ tag: identity, error, ...answer }: ModelAnswer<string>): void {
    if (error !== null) this.#outcomes.failed(identity, { ...error, tries: answer.tries });
    else if (answer.isFromLedger) this.#outcomes.boughtElsewhere(identity);
    else {
      const { promptTokens: prompt_tokens, completionTokens: completion_tokens, costUsd: cost_usd } = answer;
      this.#outcomes.answered({ identity, prompt_tokens, completion_tokens, cost_usd });
    }
    this.#notify();
  }

  /** The budget is reached in real time: an ended batch gives back what it did not cost. */
  async #awaitRelief(): Promise<boolean> {
    if (this.#stopped === null && this.#ended > this.#endedBefore) return true;
    if (this.#stopped !== null || (this.#desk?.open.size ?? 0) === 0) return false;
    await this.#relief.wait();
    return this.#stopped === null;
  }

  #notify(): void {
    this.#progress.notify();
    this.#change.notify();
    this.#relief.notify();
  }

  /** What is thrown at the end of a stopped run. The batches are cancelled where the user stopped it, and go on otherwise. */
  async #explainEnd(error: unknown): Promise<unknown> {
    const { model, signal } = this.#options;
    if (!signal.aborted || this.#desk === null) return error;
    const cancelled = await this.#desk.cancelAll();
    return cancelled.batches === 0 ? error : explainCancelled(model, cancelled);
  }

  /** Nothing of this run goes on after this. */
  async #end(main: Promise<void>): Promise<void> {
    await Promise.race([main, whenAborted(this.#cut.signal)]);
    await this.#lane.close();
    await this.#desk?.settle();
  }

  /** Sends nothing more; what is in flight has the grace to end. The first reason wins. */
  #stop(error: unknown): void {
    if (this.#stopped !== null) return;
    this.#stopped = { error };
    this.#halt.abort(new CancelledError());
    setTimeout(() => this.#cut.abort(), this.#options.graceMs ?? 5_000).unref();
    this.#notify();
    this.#room.notify();
  }
}

/** A batch of which nothing is known yet, or which is being brought in. */
function isAwaited({ status, trouble, isFollowed }: OpenBatch): boolean {
  if (isFollowed) return false;
  return status === null ? trouble === null : status.phase === "ended" || status.phase === "failed";
}

/** A source that is waited for may never come back. */
function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
