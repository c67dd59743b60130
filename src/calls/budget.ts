import { BudgetError, formatCount, formatUsd } from "../core/index.ts";
import type { Ledger, Reservation } from "./ledger/ledger.ts";

/** The project's dollars: over all models, runs and processes that share a ledger. */
export interface Budget {
  /** Null where none is given: then only free models may be called. */
  readonly limitUsd: number | null;
  /** Dollars that may still be spent, reservations taken off; null where no budget is given. */
  leftUsd(): number | null;
  /** Holds back the most that a call may cost; null where that could pass the limit. */
  tryReserve(identity: string, worstUsd: number): Reservation | null;
  /** The end of a run that would have passed the limit. */
  explainStop(got: { readonly answers: number; readonly worstUsd: number }): BudgetError;
}

/** Sums of many small dollars are off by rounding; this much is no passing of a limit. */
const roundingUsd = 1e-9;

export function createBudget({ ledger, budgetUsd }: { ledger: Ledger; budgetUsd: number | null }): Budget {
  return {
    limitUsd: budgetUsd,
    leftUsd() {
      if (budgetUsd === null) return null;
      const { boughtUsd, reservedUsd } = ledger.spending();
      return Math.max(0, budgetUsd - boughtUsd - reservedUsd);
    },
    tryReserve: (identity, worstUsd) =>
      ledger.reserve(identity, { usd: worstUsd, limitUsd: (budgetUsd ?? 0) + roundingUsd }),
    explainStop({ answers, worstUsd }) {
      const unseen = ledger.unseen();
      const lines = [...describeSpending(ledger), `the next call may cost ${formatUsd(worstUsd)}`];
      const release =
        unseen.calls === 0
          ? ""
          : ` What is held for calls whose outcome was not seen comes back, once you have looked at the provider's bill, with \`nexa plan --release-unseen\`.`;
      return new BudgetError(
        `The budget of ${formatUsd(budgetUsd ?? 0)} would be passed: ${lines.slice(0, -1).join(", ")}, and ${lines.at(-1)}`,
        {
          hint: `Got for it in this run: ${formatCount(answers)} answers, all kept. Give a higher --budget (or budget_usd) and start again: only what is missing is bought.${release}`,
        },
      );
    },
  };
}

/** What a project has spent and what is held back, and for what, in parts of a sentence: for plans, summaries and errors. */
export function describeSpending(ledger: Ledger): string[] {
  const { boughtUsd, reservedUsd } = ledger.spending();
  const { calls, usd, paidTwice } = ledger.unseen();
  const openUsd = reservedUsd - usd;
  const lines = [`${formatUsd(boughtUsd)} is spent`];
  // Less is what rounding leaves.
  if (openUsd > roundingUsd) lines.push(`up to ${formatUsd(openUsd)} is held for calls in flight and in batches`);
  if (calls > 0) {
    const twice =
      paidTwice.calls === 0 ? "" : `; ${formatCount(paidTwice.calls)} of them were asked again and may be paid twice`;
    lines.push(
      `up to ${formatUsd(usd)} is held for ${formatCount(calls)} ${calls === 1 ? "call" : "calls"} whose outcome was not seen (killed or cut off${twice})`,
    );
  }
  return lines;
}
