import { setImmediate } from "node:timers/promises";
import { CancelledError, UsageError } from "../core/index.ts";
import { costOf, maxPromptTokens, type ResolvedModel, type TokenPrice } from "../models/index.ts";
import { type AttemptResult, attemptCall, type RawAnswer } from "./attempt.ts";
import type { Budget } from "./budget.ts";
import { createDeadline, type Deadline } from "./deadline.ts";
import type { Failure } from "./failure.ts";
import { identifyCall } from "./identity.ts";
import type { Ledger, Reservation } from "./ledger.ts";
import type { LedgerCall } from "./ledger-schema.ts";
import type { Limiter } from "./limiter.ts";
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

/** A call that is not finished. */
interface OpenCall<Tag> {
  readonly identity: string;
  readonly requestJson: string;
  readonly request: ModelRequest<Tag>;
  /** Marks of equal requests, which get the same answer. */
  readonly followers: Tag[];
  reservation: Reservation | null;
  tries: number;
  failures: number;
  refusals: number;
  hangs: number;
  firstTryAt: number;
  answeredAtFirstTry: number;
  /** When it may be tried again. */
  dueAt: number;
}

/** Bounds on what is held in memory: calls taken from the source but not started, and answers that nobody took yet. */
const mostReady = 64;
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
    return this.#ready.length >= mostReady || this.#answers.length >= mostUntaken;
  }

  #admit(request: ModelRequest<Tag>): void {
    const { identity, request: requestJson } = identifyCall(this.#options.model, request);
    const same = this.#open.get(identity);
    if (same !== undefined) {
      same.followers.push(request.tag);
      return;
    }
    const bought = this.#options.ledger.find(identity);
    if (bought !== null) {
      this.#hand(answerFrom(bought, request.tag, true));
      return;
    }
    const counters = { tries: 0, failures: 0, refusals: 0, hangs: 0, firstTryAt: 0, answeredAtFirstTry: 0, dueAt: 0 };
    const call: OpenCall<Tag> = { identity, requestJson, request, followers: [], reservation: null, ...counters };
    this.#open.set(identity, call);
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
    while (this.#stopped === null) {
      const retry = this.#retries[0];
      const isRetryDue = retry !== undefined && retry.dueAt <= Date.now();
      const call = isRetryDue ? retry : this.#ready[0];
      if (call === undefined || !limiter.tryStart()) break;
      if (!this.#tryReserve(call)) {
        limiter.cancelStart();
        break;
      }
      (isRetryDue ? this.#retries : this.#ready).shift();
      this.#inFlight++;
      void this.#run(call);
    }
    this.#setTimer();
    if (!this.#isFull()) this.#room.notify();
  }

  /** Wakes up for the next retry, or when the limiter's pause is over. */
  #setTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#stopped !== null || (this.#retries.length === 0 && this.#ready.length === 0)) return;
    const pauseMs = this.#options.limiter.pauseMs();
    const retryMs = this.#retries[0] === undefined ? Number.POSITIVE_INFINITY : this.#retries[0].dueAt - Date.now();
    const waitMs = this.#ready.length > 0 ? pauseMs : Math.max(pauseMs, retryMs);
    const wakeMs = waitMs > 0 ? waitMs : retryMs;
    if (wakeMs > 0 && Number.isFinite(wakeMs)) this.#timer = setTimeout(() => this.#step(), Math.ceil(wakeMs));
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
    const worstUsd = this.#worstUsd(call.request, this.#price);
    call.reservation = budget.tryReserve(call.identity, worstUsd);
    if (call.reservation !== null) return true;
    if (this.#inFlight === 0) this.#stop(budget.explainStop({ answers: this.#answered, worstUsd }));
    return false;
  }

  #worstUsd({ messages, maxTokens, responseSchema }: ModelRequest<Tag>, price: TokenPrice): number {
    const schemaBytes = responseSchema === undefined ? 0 : JSON.stringify(responseSchema).length;
    const { cachedInputUsdPerMillion: _, ...uncached } = price;
    return costOf(uncached, { promptTokens: maxPromptTokens(messages) + schemaBytes, completionTokens: maxTokens });
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
    try {
      if (result !== null && "answer" in result) {
        // The place is free when the answer is there; the disk may take its time.
        limiter.end("answered", { startedAt });
        await this.#finish(call, result.answer);
      } else {
        const failure = result?.failure ?? null;
        if (failure !== null) await this.#fail(call, failure);
        limiter.end(failure?.kind === "refused" ? "refused" : "failed", {
          startedAt,
          retryAfterMs: failure?.retryAfterMs ?? null,
        });
      }
    } catch (error) {
      this.#stop(error);
    }
    this.#inFlight--;
    this.#step();
    this.#progress.notify();
  }

  async #finish(call: OpenCall<Tag>, answer: RawAnswer): Promise<void> {
    this.#options.deadline.observe(answer.latencyMs);
    this.#answered++;
    const bought = this.#toLedgerCall(call, answer);
    await this.#options.ledger.commit(bought, call.reservation);
    this.#open.delete(call.identity);
    this.#hand(answerFrom(bought, call.request.tag, false));
    for (const tag of call.followers) this.#hand(answerFrom(bought, tag, true));
  }

  #toLedgerCall(call: OpenCall<Tag>, answer: RawAnswer): LedgerCall {
    const { promptTokens, completionTokens, cachedPromptTokens } = answer;
    return {
      ...this.#ledgerKey(call),
      text: answer.text,
      reasoning: answer.reasoning,
      finish_reason: answer.finishReason,
      prompt_tokens: promptTokens,
      cached_prompt_tokens: cachedPromptTokens,
      completion_tokens: completionTokens,
      reasoning_tokens: answer.reasoningTokens,
      cost_usd: this.#costUsd(call, answer),
      tries: call.tries,
      latency_ms: Math.round(answer.latencyMs * 1000) / 1000,
      provider_request_id: answer.providerRequestId,
      created_at: new Date().toISOString(),
    };
  }

  /** By the usage that the provider reports; the worst case where it reports none. */
  #costUsd(call: OpenCall<Tag>, { promptTokens, completionTokens, cachedPromptTokens }: RawAnswer): number {
    if (this.#price === null) return 0;
    if (promptTokens === null || completionTokens === null) return call.reservation?.usd ?? 0;
    return costOf(this.#price, { promptTokens, completionTokens, cachedPromptTokens: cachedPromptTokens ?? 0 });
  }

  #ledgerKey({ identity, requestJson }: OpenCall<Tag>) {
    const { model, role } = this.#options;
    return {
      identity,
      role,
      provider: model.provider,
      origin: model.origin,
      model: model.identity,
      request: requestJson,
    };
  }

  async #fail(call: OpenCall<Tag>, failure: Failure): Promise<void> {
    const { model, ledger, maxRetries, random } = this.#options;
    if (failure.kind === "refused") call.refusals++;
    else call.failures++;
    if (failure.code === "timeout") call.hangs++;
    if (call.reservation !== null && !failure.isMaybeCharged) ledger.release(call.reservation);
    call.reservation = null;
    const { failures, refusals } = call;
    const answeredSince = this.#answered - call.answeredAtFirstTry;
    const run = { answeredInRun: this.#answered, answeredSince, givenUp: this.#givenUp };
    const verdict = judgeFailure({
      model,
      failure,
      failures,
      refusals,
      maxRetries,
      random,
      ageMs: Date.now() - call.firstTryAt,
      ...run,
    });
    if (verdict === "row") return this.#giveUp(call, failure);
    if ("stop" in verdict) return this.#stop(verdict.stop);
    call.dueAt = Date.now() + verdict.retryInMs;
    const place = this.#retries.findLastIndex(({ dueAt }) => dueAt <= call.dueAt) + 1;
    this.#retries.splice(place, 0, call);
  }

  async #giveUp(call: OpenCall<Tag>, { code, message }: Failure): Promise<void> {
    this.#givenUp++;
    const created_at = new Date().toISOString();
    await this.#options.ledger.recordFailure({
      ...this.#ledgerKey(call),
      error_code: code,
      error_message: message,
      tries: call.tries,
      created_at,
    });
    this.#open.delete(call.identity);
    for (const tag of [call.request.tag, ...call.followers]) this.#hand(failureFrom(call, tag, { code, message }));
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

function answerFrom<Tag>(call: LedgerCall, tag: Tag, isFromLedger: boolean): ModelAnswer<Tag> {
  return {
    tag,
    identity: call.identity,
    text: call.text,
    reasoning: call.reasoning,
    finishReason: call.finish_reason,
    promptTokens: call.prompt_tokens,
    completionTokens: call.completion_tokens,
    costUsd: call.cost_usd,
    isFromLedger,
    tries: call.tries,
    latencyMs: call.latency_ms,
    error: null,
  };
}

function failureFrom<Tag>(
  { identity, tries }: OpenCall<Tag>,
  tag: Tag,
  error: { code: string; message: string },
): ModelAnswer<Tag> {
  const nothing = { text: null, reasoning: null, promptTokens: null, completionTokens: null, costUsd: 0, latencyMs: 0 };
  return { tag, identity, finishReason: "error", isFromLedger: false, tries, error, ...nothing };
}
