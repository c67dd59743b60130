import { adviseNotFound, type TokenPrice } from "../models/index.ts";
import type { RawAnswer } from "./attempt.ts";
import type { CallAllOptions } from "./call-options.ts";
import { answerFrom, failureFrom, toLedgerCall, toLedgerFailure } from "./call-records.ts";
import type { Deadline } from "./deadline.ts";
import type { Failure } from "./failure.ts";
import { createFailureTally } from "./failure-tally.ts";
import type { Permit } from "./limiter/limiter.ts";
import { actualCost, type OpenCall } from "./open-call.ts";
import { explainFatal } from "./provider-errors.ts";
import type { ModelAnswer } from "./request.ts";
import { judgeFailure, longestPauseMs } from "./retry-policy.ts";
import { countAnswer, type RunCounters } from "./run-counters.ts";

/** What becomes of a call after a try: an answer in the ledger, another try, or a failure. */
export interface CallSettler<Tag> {
  /** A try begins. */
  begin(call: OpenCall<Tag>): void;
  finish(call: OpenCall<Tag>, answer: RawAnswer): Promise<void>;
  fail(call: OpenCall<Tag>, failure: Failure, permit: Permit): Promise<void>;
  /** The run ended the try: nobody will see its outcome. */
  abandon(call: OpenCall<Tag>): void;
}

/** The run around it. */
export interface SettlerOptions<Tag> {
  readonly options: CallAllOptions;
  /** Null for a free model. */
  readonly price: TokenPrice | null;
  readonly deadline: Deadline;
  readonly counters: RunCounters;
  readonly hand: (answer: ModelAnswer<Tag>) => void;
  readonly retry: (call: OpenCall<Tag>) => void;
  readonly close: (call: OpenCall<Tag>) => void;
  readonly stop: (error: Error) => void;
  /** Puts an error that says more in the place of the one that the run was stopped with. */
  readonly improveStop: (error: Error) => void;
  /** Whether hardly any calls are left. */
  readonly isTail: () => boolean;
}

const defaultRetries = 8;
const adviceMs = 5_000;

export function createCallSettler<Tag>(run: SettlerOptions<Tag>): CallSettler<Tag> {
  const { options, price, deadline, counters, hand, retry, close, stop } = run;
  const { model, ledger, limiter, maxRetries = defaultRetries, maxFailedShare = 1, random = Math.random } = options;
  const tally = createFailureTally({ maxFailedShare, modelName: model.name });
  const hadAnswered = limiter.hasAnswered;

  const giveUp = async (call: OpenCall<Tag>, { code, message, kind }: Failure): Promise<void> => {
    const failure = { code, message };
    counters.failed++;
    const end = tally.addFailure(failure);
    if (end !== null) stop(end);
    await ledger.recordFailure(toLedgerFailure(call, { failure, isFinal: kind === "row", caller: options }));
    close(call);
    for (const tag of [call.request.tag, ...call.followers]) hand(failureFrom(call, tag, failure));
  };
  const release = (call: OpenCall<Tag>, isMaybeCharged: boolean): void => {
    const { reservation } = call;
    call.reservation = null;
    if (isMaybeCharged) call.isMaybeCharged = true;
    if (reservation === null) return;
    if (isMaybeCharged) ledger.leaveUnseen(reservation);
    else ledger.release(reservation);
  };
  const judge = (call: OpenCall<Tag>, failure: Failure) =>
    judgeFailure({
      model,
      failure,
      failures: call.failures,
      refusals: call.refusals,
      hangs: call.hangs,
      maxRetries,
      random,
      ageMs: Date.now() - call.firstTryAt,
      answeredSince: counters.answered - call.answeredAtFirstTry,
      answeredInRun: counters.answered,
      hadAnswered,
      outageMs: limiter.outageMs(),
      isTail: run.isTail(),
      givenUp: counters.failed,
    });

  return {
    begin(call) {
      // A call that waited for a day's quota begins anew.
      if (call.tries === 0 || call.dueAt - call.firstTryAt > longestPauseMs) {
        Object.assign(call, { firstTryAt: Date.now(), answeredAtFirstTry: counters.answered });
      }
      if (call.isMaybeCharged) counters.askedTwice++;
      call.isMaybeCharged = false;
      call.tries++;
    },
    async finish(call, answer) {
      deadline.observe(answer);
      tally.addAnswer();
      const costUsd = price === null ? 0 : actualCost(call, answer, price);
      countAnswer(counters, answer, costUsd);
      const bought = toLedgerCall(call, { answer, costUsd, caller: options });
      await ledger.commit(bought, call.reservation);
      close(call);
      hand(answerFrom(bought, call.request.tag, false));
      for (const tag of call.followers) hand(answerFrom(bought, tag, true));
    },
    async fail(call, failure, { isProbe }) {
      const isRefused = failure.kind === "refused";
      call.wasRefused = isRefused && failure.status === 429;
      if (isRefused) call.refusals++;
      // A call that tries out whether a server is back is no worse for it, unless it is one of the last.
      else if (!isProbe || run.isTail()) call.failures++;
      if (failure.code === "timeout") call.hangs++;
      release(call, failure.isMaybeCharged);
      const verdict = judge(call, failure);
      if (verdict === "row") return giveUp(call, failure);
      if ("stop" in verdict) {
        stop(verdict.stop);
        if (failure.code === "not_found") {
          const hint = await adviseNotFound(model, AbortSignal.timeout(adviceMs));
          run.improveStop(explainFatal(model, failure, hint));
        }
        return;
      }
      call.dueAt = Date.now() + verdict.retryInMs;
      retry(call);
    },
    abandon: (call) => release(call, true),
  };
}
