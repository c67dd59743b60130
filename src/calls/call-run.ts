import { setImmediate } from "node:timers/promises";
import { CancelledError, UsageError } from "../core/index.ts";
import { type AttemptResult, attemptCall } from "./attempt.ts";
import type { CallAllOptions } from "./call-options.ts";
import { createCallQueue } from "./call-queue.ts";
import { answerFromLedger, failureFrom } from "./call-records.ts";
import { type CallStarter, createCallStarter } from "./call-starter.ts";
import { createDeadline } from "./deadline.ts";
import { identifyCall } from "./identity.ts";
import { createInFlight, type InFlight } from "./in-flight.ts";
import type { CallEnd, CallOutcome, Permit } from "./limiter/limiter.ts";
import { createOpenCall, type OpenCall } from "./open-call.ts";
import type { ModelAnswer, ModelRequest } from "./request.ts";
import { createRunCounters, createStateReader } from "./run-counters.ts";
import { type CallSettler, createCallSettler } from "./settle-call.ts";
import { createWakeUp } from "./wake-up.ts";

export type { CallAllOptions } from "./call-options.ts";

/** Bounds on what is held in memory: calls taken from the source but not started, calls not finished, answers that nobody took yet. */
const mostReady = 64;
const mostOpen = 4_096;
const mostUntaken = 512;
const turnEvery = 256;
/** So few calls that are left show nothing of the server when they fail: it may be their fault. */
const mostTail = 20;
const defaultGraceMs = 5_000;
/** What is in flight when a run ends by itself. */
const longestFinishMs = 120_000;

type Source<Tag> = AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>;

/** One run of callAll: takes requests, keeps as many in flight as limiter and budget allow, hands out committed answers. */
export class CallRun<Tag> {
  readonly #options: CallAllOptions;
  readonly #open = new Map<string, OpenCall<Tag>>();
  readonly #queue = createCallQueue<Tag>();
  readonly #answers: ModelAnswer<Tag>[] = [];
  readonly #progress = createWakeUp();
  readonly #room = createWakeUp();
  readonly #flights: InFlight;
  readonly #counters = createRunCounters();
  readonly #settler: CallSettler<Tag>;
  readonly #starter: CallStarter;
  readonly #warned = new Set<string>();
  /** Whether the ledger may hold failures for good, which are not asked again. */
  readonly #hasFailures: boolean;
  #isSourceDone = false;
  #stopped: { error: unknown } | null = null;
  #inFlight = 0;

  constructor(options: CallAllOptions) {
    this.#options = options;
    const { model, budget, ledger, retryFailed = false, deadline = createDeadline() } = options;
    this.#flights = createInFlight(model.isLocal ? null : deadline);
    this.#hasFailures = !retryFailed && ledger.failureCounts().size > 0;
    const price = model.isFree ? null : model.price;
    this.#settler = createCallSettler<Tag>({
      options,
      price,
      deadline,
      counters: this.#counters,
      hand: (answer) => this.#hand(answer),
      retry: (call) => this.#queue.addRetry(call),
      close: (call) => this.#open.delete(call.identity),
      stop: (error) => this.#stop(error),
      improveStop: (error) => {
        if (this.#stopped !== null) this.#stopped = { error };
      },
      isTail: () => this.#isSourceDone && this.#open.size <= mostTail,
    });
    this.#starter = createCallStarter({
      options,
      price,
      queue: this.#queue,
      run: (call, permit) => {
        this.#inFlight++;
        void this.#run(call, permit);
      },
      settleBought: (call) => this.#settleBought(call),
      end: (error) => this.#stop(error),
      state: () => ({ inFlight: this.#inFlight, open: this.#open.size, answered: this.#counters.answered }),
    });
    if (!model.isFree && (price === null || budget.limitUsd === null)) {
      throw new UsageError(`${model.name} has a price and cannot be called without a budget`, {
        hint: "Give one with --budget DOLLARS or budget_usd.",
      });
    }
  }

  async *answers(source: Source<Tag>): AsyncGenerator<ModelAnswer<Tag>> {
    const { limiter, signal, onState } = this.#options;
    const cancel = (): void => this.#stop(new CancelledError());
    const stopListening = limiter.onFree(() => this.#step());
    signal.addEventListener("abort", cancel);
    onState?.(createStateReader(this.#counters, this.#options, () => this.#waiting()));
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

  #waiting() {
    return { inFlight: this.#inFlight, waiting: this.#queue.retries, refused: this.#queue.refused };
  }

  /** Takes requests as there is room for them. */
  async #feed(source: Source<Tag>): Promise<void> {
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
    return this.#queue.ready >= mostReady || this.#open.size >= mostOpen || this.#answers.length >= mostUntaken;
  }

  #admit(request: ModelRequest<Tag>): void {
    const key = identifyCall(this.#options.model, request);
    const same = this.#open.get(key.identity);
    if (same !== undefined) {
      same.followers.push(request.tag);
      return;
    }
    const call = createOpenCall(request, key);
    const known = this.#known(call);
    if (known !== null) {
      this.#counters.fromLedger++;
      this.#hand(known);
      return;
    }
    this.#open.set(key.identity, call);
    this.#queue.add(call);
    this.#step();
  }

  /** The answer, or the failure for good, that the ledger has. */
  #known(call: OpenCall<Tag>): ModelAnswer<Tag> | null {
    const { ledger } = this.#options;
    const bought = answerFromLedger(ledger, call.identity, call.request.tag);
    if (bought !== null || !this.#hasFailures) return bought;
    const failure = ledger.findFailure(call.identity);
    if (failure?.is_final !== 1) return null;
    const { error_code: code, error_message: message, tries } = failure;
    return { ...failureFrom({ ...call, tries }, call.request.tag, { code, message }), isFromLedger: true };
  }

  /** Hands a call out that another process has bought while it waited here; false where none has. */
  #settleBought(call: OpenCall<Tag>): boolean {
    const { ledger } = this.#options;
    if (!ledger.has(call.identity)) return false;
    this.#open.delete(call.identity);
    for (const tag of [call.request.tag, ...call.followers]) {
      const answer = answerFromLedger(ledger, call.identity, tag);
      if (answer === null) continue;
      this.#counters.fromLedger++;
      this.#hand(answer);
    }
    return true;
  }

  #hand(answer: ModelAnswer<Tag>): void {
    this.#answers.push(answer);
    this.#progress.notify();
  }

  /** Something has changed: there may be calls to start, and room for more. */
  #step(): void {
    this.#starter.step();
    if (!this.#isFull()) this.#room.notify();
  }

  /** One try of one call, from its start to its commit. Never throws. */
  async #run(call: OpenCall<Tag>, permit: Permit): Promise<void> {
    const { model, limiter } = this.#options;
    const flight = this.#flights.start({ maxTokens: call.request.maxTokens, hangs: call.hangs });
    this.#settler.begin(call);
    let result: AttemptResult = null;
    try {
      result = await attemptCall({ model, request: call.request, flight });
    } catch (error) {
      this.#stop(error);
    }
    this.#flights.end(flight);
    // After the verdict on a failure, as it may end the run; before the commit of an answer, as the disk may take its time.
    if (result === null) await this.#guard(async () => this.#settler.abandon(call));
    else if ("failure" in result) {
      const { failure } = result;
      await this.#guard(() => this.#settler.fail(call, failure, permit));
    }
    limiter.end(permit, outcomeOf(result));
    if (result !== null && "answer" in result) {
      const { answer, warnings } = result;
      if (warnings.length > 0) await this.#guard(async () => this.#warn(warnings));
      await this.#guard(() => this.#settler.finish(call, answer));
    }
    this.#inFlight--;
    this.#step();
    this.#progress.notify();
  }

  async #guard(settle: () => Promise<void>): Promise<void> {
    try {
      await settle();
    } catch (error) {
      this.#stop(error);
    }
  }

  #warn(warnings: readonly string[]): void {
    for (const warning of warnings) {
      if (this.#warned.has(warning)) continue;
      this.#warned.add(warning);
      this.#options.onWarning?.(warning);
    }
  }

  /** Starts nothing more; what is in flight, and paid for, has some time to end: less where somebody waits for it. The first reason wins. */
  #stop(error: unknown): void {
    const { graceMs = defaultGraceMs } = this.#options;
    if (this.#inFlight > 0) {
      const graceful = error instanceof CancelledError ? graceMs : Math.max(graceMs, longestFinishMs);
      setTimeout(() => this.#flights.abortAll(), graceful).unref();
    }
    if (this.#stopped !== null) return;
    this.#stopped = { error };
    this.#starter.stop();
    this.#room.notify();
    this.#progress.notify();
  }
}

/** What the limiter should know of a try; one that the run itself ended says nothing of the server. */
function outcomeOf(result: AttemptResult): CallOutcome {
  if (result === null) return { how: "rejected" };
  if ("answer" in result) {
    const { promptTokens, completionTokens } = result.answer;
    return { how: "answered", headers: result.headers, promptTokens, completionTokens };
  }
  const { kind, code, status, headers, retryAfterMs, refusal } = result.failure;
  const overloaded: CallEnd = status === 429 ? "overloaded" : "unavailable";
  const refused: CallEnd = code === "overloaded" ? overloaded : "refused";
  const how = kind === "refused" ? refused : kind === "passing" ? "failed" : "rejected";
  return { how, headers, retryAfterMs, quotaEndsAt: refusal?.quotaEndsAt ?? null, readings: refusal?.readings ?? [] };
}
