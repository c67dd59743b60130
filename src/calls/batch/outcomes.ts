import { answerFromLedger } from "../call-records.ts";
import { createFailureTally, type FailureTally } from "../failure-tally.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerCall } from "../ledger/ledger-schema.ts";
import type { ModelAnswer, ModelRequest } from "../request.ts";
import { createRunCounters } from "../run-counters.ts";
import type { CallingOptions } from "./batch-options.ts";
import { ReadyQueue, type TriedFailure } from "./ready-queue.ts";

/** A call of this run that has no outcome yet. */
export interface WaitingCall<Tag> {
  /** One for each equal request. */
  readonly tags: Tag[];
  /** The intent of the batch that it waits in; null while it waits to be sent, or is made in real time. */
  intentId: string | null;
  /** Batches that this run sent it in. */
  sends: number;
  /** Held only where another run looks after its batch, which then takes it out of the ledger. */
  readonly kept: ModelRequest | null;
}

/** Which requests wait for which calls, and what there is to hand out. */
export class Outcomes<Tag> {
  readonly #ledger: Ledger;
  readonly #calls = new Map<string, WaitingCall<Tag>>();
  readonly #ready = new ReadyQueue<Tag>();
  readonly #tally: FailureTally;
  /** Whether the ledger may hold failures for good, which are not asked again. */
  readonly #hasFailures: boolean;
  readonly #stop: (error: Error) => void;
  readonly counts = createRunCounters();

  constructor(
    { ledger, model, maxFailedShare = 1, retryFailed = false }: CallingOptions,
    stop: (error: Error) => void,
  ) {
    this.#ledger = ledger;
    this.#tally = createFailureTally({ maxFailedShare, modelName: model.name });
    this.#hasFailures = !retryFailed && ledger.failureCounts().size > 0;
    this.#stop = stop;
  }

  /** Calls without an outcome. */
  get open(): number {
    return this.#calls.size;
  }

  /** Answers that nobody took yet. */
  get untaken(): number {
    return this.#ready.length;
  }

  get(identity: string): WaitingCall<Tag> | undefined {
    return this.#calls.get(identity);
  }

  /** Has a request wait for its call. */
  wait(identity: string, call: WaitingCall<Tag>): void {
    this.#calls.set(identity, call);
  }

  /** Calls that wait in a batch. */
  waitingIn(intentId: string): string[] {
    return [...this.#calls].flatMap(([identity, call]) => (call.intentId === intentId ? [identity] : []));
  }

  /** Hands out what was bought, or failed for good, before; false where neither is so. */
  find(identity: string, tag: Tag): boolean {
    const failure = this.#ledger.has(identity) ? null : this.#findFailure(identity);
    if (failure === undefined) return false;
    this.counts.fromLedger++;
    this.#ready.push({ identity, tag, isFromLedger: true, failure });
    return true;
  }

  #findFailure(identity: string): TriedFailure | undefined {
    const failure = this.#hasFailures ? this.#ledger.findFailure(identity) : null;
    if (failure?.is_final !== 1) return undefined;
    return { code: failure.error_code, message: failure.error_message, tries: failure.tries };
  }

  /** An answer is in the ledger. */
  answered(call: Pick<LedgerCall, "identity" | "prompt_tokens" | "completion_tokens" | "cost_usd">): void {
    this.#tally.addAnswer();
    this.counts.answered++;
    this.counts.promptTokens += call.prompt_tokens ?? 0;
    this.counts.completionTokens += call.completion_tokens ?? 0;
    this.counts.costUsd += call.cost_usd;
    this.#hand(call.identity, { isFromLedger: false, failure: null });
  }

  /** Another run has bought it meanwhile. */
  boughtElsewhere(identity: string): void {
    this.counts.fromLedger++;
    this.#hand(identity, { isFromLedger: true, failure: null });
  }

  failed(identity: string, failure: TriedFailure): void {
    this.counts.failed++;
    const end = this.#tally.addFailure(failure);
    if (end !== null) this.#stop(end);
    this.#hand(identity, { isFromLedger: false, failure });
  }

  /** What is handed out next, or undefined. */
  take(): ModelAnswer<Tag> | undefined {
    const ready = this.#ready.take();
    if (ready === undefined) return undefined;
    const { identity, tag, isFromLedger, failure } = ready;
    if (failure !== null) return failedAnswer(identity, tag, failure, isFromLedger);
    const answer = answerFromLedger(this.#ledger, identity, tag);
    // Nothing takes answers out of a ledger but a person by hand.
    if (answer === null)
      return failedAnswer(identity, tag, { code: "lost", message: "gone from the ledger", tries: 1 });
    return isFromLedger ? answer : Object.assign(answer, { isFromLedger });
  }

  #hand(identity: string, { isFromLedger, failure }: { isFromLedger: boolean; failure: TriedFailure | null }): void {
    for (const [index, tag] of (this.#calls.get(identity)?.tags ?? []).entries()) {
      this.#ready.push({ identity, tag, isFromLedger: isFromLedger || (index > 0 && failure === null), failure });
    }
    this.#calls.delete(identity);
  }
}

function failedAnswer<Tag>(
  identity: string,
  tag: Tag,
  { code, message, tries }: TriedFailure,
  isFromLedger = false,
): ModelAnswer<Tag> {
  const nothing = { text: null, reasoning: null, promptTokens: null, completionTokens: null, costUsd: 0, latencyMs: 0 };
  return { tag, identity, finishReason: "error", isFromLedger, tries, error: { code, message }, ...nothing };
}
