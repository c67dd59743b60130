import type { RawAnswer } from "./attempt.ts";
import type { Budget } from "./budget.ts";
import type { CallState } from "./call-state.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Limiter } from "./limiter/limiter.ts";

/** What a run has done so far. */
export interface RunCounters {
  answered: number;
  failed: number;
  fromLedger: number;
  promptTokens: number;
  completionTokens: number;
  costUsd: number;
  /** Calls whose outcome was not seen and that were asked again, in this run. */
  askedTwice: number;
}

export function createRunCounters(): RunCounters {
  return { answered: 0, failed: 0, fromLedger: 0, promptTokens: 0, completionTokens: 0, costUsd: 0, askedTwice: 0 };
}

export function countAnswer(counters: RunCounters, answer: RawAnswer, costUsd: number): void {
  counters.answered++;
  counters.promptTokens += answer.promptTokens ?? 0;
  counters.completionTokens += answer.completionTokens ?? 0;
  counters.costUsd += costUsd;
}

interface Surroundings {
  readonly ledger: Ledger;
  readonly budget: Budget;
  readonly limiter: Limiter;
}

interface Waiting {
  readonly inFlight: number;
  readonly waiting: number;
  /** Those of the waiting that were refused. */
  readonly refused: number;
}

/** Tells, whenever it is asked, where a run is. */
export function createStateReader(
  counters: RunCounters,
  { ledger, budget, limiter }: Surroundings,
  readWaiting: () => Waiting,
): () => CallState {
  // What an earlier run left without an outcome is paid twice when this one has bought it.
  const twiceBefore = ledger.unseen().paidTwice.calls;
  return () => {
    const { inFlight, waiting, refused } = readWaiting();
    const { boughtUsd, reservedUsd } = ledger.spending();
    const { askedTwice, ...counts } = counters;
    const held = limiter.describe();
    const retried = refused === 0 ? "" : `${refused} wait after 429`;
    return {
      ...counts,
      inFlight,
      waiting,
      budgetLeftUsd: budget.limitUsd === null ? null : Math.max(0, budget.limitUsd - boughtUsd - reservedUsd),
      limiter: [held, retried].filter((part) => part !== "").join("; "),
      batches: "",
      maybePaidTwice: Math.max(askedTwice, ledger.unseen().paidTwice.calls - twiceBefore),
    };
  };
}
