import { setImmediate } from "node:timers/promises";
import { CancelledError, UsageError } from "../core/index.ts";
import type { ResolvedModel, TokenPrice } from "../models/index.ts";
import { type AttemptResult, attemptCall, type RawAnswer } from "./attempt.ts";
import type { Budget } from "./budget.ts";
import { answerFrom, failureFrom, toLedgerCall, toLedgerFailure } from "./call-records.ts";
import { createDeadline, type Deadline } from "./deadline.ts";
import type { Failure } from "./failure.ts";
import { identifyCall } from "./identity.ts";
import type { Ledger } from "./ledger.ts";
import type { Limiter } from "./limiter.ts";
import { actualCost, createOpenCall, type OpenCall, worstCost } from "./open-call.ts";
import type { ModelAnswer, ModelRequest } from "./request.ts";
import { judgeFailure } from "./retry-policy.ts";
import { createWakeUp } from "./wake-up.ts";

export interface CallAllOptions {
  readonly model: ResolvedModel;
  readonly ledger: Ledger;
  readonly limiter: Limiter;
  readonly budget: Budget;
  /** What the calls are for, e.g. "teacher"; noted in the ledger. */
  readonly role: string;
  readonly signal: AbortSignal;
  /** Tries after the first for a failure that may pass; refusals for rate do not count. */
  readonly maxRetries?: number;
  /** Once stopped, how long answers in flight are waited for. */
  readonly graceMs?: number;
  readonly random?: () => number;
  readonly deadline?: Deadline;
}

/** Bounds on what is held in memory: calls taken from the source but not started, calls not finished, answers that nobody took yet. */
const mostReady = 64;
const mostOpen = 4_096;
const mostUntaken = 512;
const turnEvery = 256;

/** One run of callAll: takes requests, keeps as many in flight as limiter and budget allow, hands out committed answers. */
export class CallRun<Tag> {
  readonly #options: Required<CallAllOptions>;
  readonly #price: TokenPrice | null;
  readonly #open = new Map<string, OpenCall<Tag>>();
  readonly #ready: OpenCall<Tag>[] = [];
  /** By `dueAt`. */
  readonly #retries: OpenCall<Tag>[] = [];
  readonly #answers: ModelAnswer<Tag>[] = [];
  readonly #progress = createWakeUp();
  readonly #room = createWakeUp();
  readonly #abort = new AbortController();
  #isSourceDone = false;
  #stopped: { readonly error: unknown } | null = null;
  #inFlight = 0;
  #answered = 0;
  #givenUp = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CallAllOptions) {
    this.#options = { maxRetries: 8, graceMs: 5_000, random: Math.random, deadline: createDeadline(), ...options };
    const { model, budget } = options;
    this.#price = model.isFree ? null : model.price;
    if (!model.isFree && (this.#price === null || budget.limitUsd === null)) {
      throw new UsageError(`${model.name} has a price and cannot be called without a budget`, {
        hint: "Give one with --budget DOLLARS or budget_usd.",
      });
    }
  }

  async *answers(
    source: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>,
  ): AsyncGenerator<ModelAnswer<Tag>> {
    const { limiter, signal } = this.#options;
    const cancel = (): void => this.#stop(new CancelledError());
    const stopListening = limiter.onFree(() => this.#step());
    signal.addEventListener("abort", cancel);
    if (signal.aborted) cancel();
    else void this.#feed(source);
    try {
      for (;;) {
        const answer = signal.aborted ? undefined : this.#answers.shift();
        if (answer !== undefined) {
          yield answer;
          this.#room.notify();
        } else if (this.#stopped !== null && this.#inFlight === 0) throw this.#stopped.error;
        else if (this.#isSourceDone && this.#open.size === 0) return;
        else await this.#progress.wait();
      }
    } finally {
      signal.removeEventListener("abort", cancel);
      this.#stop(new CancelledError());
      while (this.#inFlight > 0) await this.#progress.wait();
      stopListening();
    }
  }

  /** Takes requests as there is room for them. */
  async #feed(source: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>): Promise<void> {
    let taken = 0;
    try {
      for await (const request of source) {
        if (this.#stopped !== null) return;
        this.#admit(request);
        // Answers that are there at once must not keep timers and signals from their turn.
        if (++taken % turnEvery === 0) await setImmediate();
        while (this.#isFull() && this.#stopped === null) await this.#room.wait();
      }
      this.#isSourceDone = true;
      this.#progress.notify();
    } catch (error) {
      this.#stop(error);
    }
  }

  #isFull(): boolean {
    return this.#ready.length >= mostReady || this.#open.size >= mostOpen || this.#answers.length >= mostUntaken;
  }

  #admit(request: ModelRequest<Tag>): void {
    const key = identifyCall(this.#options.model, request);
    const same = this.#open.get(key.identity);
    if (same !== undefined) {
      same.followers.push(request.tag);
      return;
    }
    const bought = this.#options.ledger.find(key.identity);
    if (bought !== null) {
      this.#hand(answerFrom(bought, request.tag, true));
      return;
    }
    const call = createOpenCall(request, key);
    this.#open.set(key.identity, call);
    this.#ready.push(call);
    this.#step();
  }

  #hand(answer: ModelAnswer<Tag>): void {
    this.#answers.push(answer);
    this.#progress.notify();
  }

  /** Starts what may start now, retries before new calls; called whenever something has changed. */
  #step(): void {
    const { limiter } = this.#options;
    let isBlocked = false;
    while (this.#stopped === null && !isBlocked) {
      const retry = this.#retries[0];
      const isRetryDue = retry !== undefined && retry.dueAt <= Date.now();
      const call = isRetryDue ? retry : this.#ready[0];
      if (call === undefined) break;
      isBlocked = !this.#tryStart(call);
      if (isBlocked) continue;
      (isRetryDue ? this.#retries : this.#ready).shift();
      this.#inFlight++;
      void this.#run(call);
    }
    this.#setTimer(isBlocked ? this.#unblockMs(limiter) : this.#retryMs());
    if (!this.#isFull()) this.#room.notify();
  }

  #tryStart(call: OpenCall<Tag>): boolean {
    const { limiter } = this.#options;
    if (!limiter.tryStart()) return false;
    if (this.#tryReserve(call)) return true;
    limiter.cancelStart();
    return false;
  }

  /** Until the limiter's pause is over; null where the end of a call in flight will wake us. */
  #unblockMs(limiter: Limiter): number | null {
    const pauseMs = limiter.pauseMs();
    return pauseMs > 0 || limiter.inFlight === 0 ? pauseMs : null;
  }

  #retryMs(): number | null {
    const [retry] = this.#retries;
    return retry === undefined ? null : retry.dueAt - Date.now();
  }

  #setTimer(waitMs: number | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#stopped !== null || waitMs === null) return;
    this.#timer = setTimeout(() => this.#step(), Math.max(1, Math.ceil(waitMs)));
  }

  #tryReserve(call: OpenCall<Tag>): boolean {
    try {
      return this.#reserve(call);
    } catch (error) {
      this.#stop(error);
      return false;
    }
  }

  /** Holds the call's worst cost back; where the budget does not hold it and nothing in flight could give some back, the run is over. */
  #reserve(call: OpenCall<Tag>): boolean {
    if (this.#price === null) return true;
    const { budget } = this.#options;
    const worstUsd = worstCost(call.request, this.#price);
    call.reservation = budget.tryReserve(call.identity, worstUsd);
    if (call.reservation !== null) return true;
    if (this.#inFlight === 0) this.#stop(budget.explainStop({ answers: this.#answered, worstUsd }));
    return false;
  }

  /** One try of one call, from its start to its commit. Never throws. */
  async #run(call: OpenCall<Tag>): Promise<void> {
    const { model, limiter, deadline } = this.#options;
    const startedAt = Date.now();
    if (call.tries === 0) Object.assign(call, { firstTryAt: startedAt, answeredAtFirstTry: this.#answered });
    call.tries++;
    const deadlineMs = model.isLocal ? null : deadline.forTry(call.hangs);
    let result: AttemptResult = null;
    try {
      result = await attemptCall({ model, request: call.request, signal: this.#abort.signal, deadlineMs });
    } catch (error) {
      this.#stop(error);
    }
    const failure = result !== null && "failure" in result ? result.failure : null;
    const how = failure?.kind === "refused" ? "refused" : "failed";
    try {
      if (failure !== null) await this.#fail(call, failure);
    } catch (error) {
      this.#stop(error);
    }
    // After the verdict on a failure, as it may end the run; before the commit of an answer, as the disk may take its time.
    const answer = result !== null && "answer" in result ? result.answer : null;
    limiter.end(answer === null ? how : "answered", { startedAt, retryAfterMs: failure?.retryAfterMs ?? null });
    try {
      if (answer !== null) await this.#finish(call, answer);
    } catch (error) {
      this.#stop(error);
    }
    this.#inFlight--;
    this.#step();
    this.#progress.notify();
  }

  async #finish(call: OpenCall<Tag>, answer: RawAnswer): Promise<void> {
    const { deadline, ledger } = this.#options;
    deadline.observe(answer.latencyMs);
    this.#answered++;
    const costUsd = this.#price === null ? 0 : actualCost(call, answer, this.#price);
    const bought = toLedgerCall(call, { answer, costUsd, caller: this.#options });
    await ledger.commit(bought, call.reservation);
    this.#open.delete(call.identity);
    this.#hand(answerFrom(bought, call.request.tag, false));
    for (const tag of call.followers) this.#hand(answerFrom(bought, tag, true));
  }

  async #fail(call: OpenCall<Tag>, failure: Failure): Promise<void> {
    const { model, ledger, maxRetries, random } = this.#options;
    if (failure.kind === "refused") call.refusals++;
    else call.failures++;
    if (failure.code === "timeout") call.hangs++;
    if (call.reservation !== null && !failure.isMaybeCharged) ledger.release(call.reservation);
    call.reservation = null;
    const verdict = judgeFailure({
      model,
      failure,
      failures: call.failures,
      refusals: call.refusals,
      maxRetries,
      random,
      ageMs: Date.now() - call.firstTryAt,
      answeredSince: this.#answered - call.answeredAtFirstTry,
      answeredInRun: this.#answered,
      givenUp: this.#givenUp,
    });
    if (verdict === "row") return this.#giveUp(call, failure);
    if ("stop" in verdict) return this.#stop(verdict.stop);
    call.dueAt = Date.now() + verdict.retryInMs;
    const place = this.#retries.findLastIndex(({ dueAt }) => dueAt <= call.dueAt) + 1;
    this.#retries.splice(place, 0, call);
  }

  async #giveUp(call: OpenCall<Tag>, { code, message }: Failure): Promise<void> {
    this.#givenUp++;
    const failure = { code, message };
    await this.#options.ledger.recordFailure(toLedgerFailure(call, { failure, caller: this.#options }));
    this.#open.delete(call.identity);
    for (const tag of [call.request.tag, ...call.followers]) this.#hand(failureFrom(call, tag, failure));
  }

  /** Starts nothing more; what is in flight has the grace to end. The first reason wins. */
  #stop(error: unknown): void {
    if (this.#stopped !== null) return;
    this.#stopped = { error };
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#inFlight > 0) {
      const timer = setTimeout(() => this.#abort.abort(), this.#options.graceMs);
      this.#abort.signal.addEventListener("abort", () => clearTimeout(timer));
      timer.unref();
    }
    this.#room.notify();
    this.#progress.notify();
  }
}
