import { BudgetError, formatUsd } from "../core/index.ts";
import type { Ledger, Reservation } from "./ledger.ts";

/** The project's dollars: over all models, runs and processes that share a ledger. */
export interface Budget {
  /** Null where none is given: then only free models may be called. */
  readonly limitUsd: number | null;
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
    tryReserve: (identity, worstUsd) =>
      ledger.reserve(identity, { usd: worstUsd, limitUsd: (budgetUsd ?? 0) + roundingUsd }),
    explainStop({ answers, worstUsd }) {
      const { boughtUsd, reservedUsd } = ledger.spending();
      const unseen =
        reservedUsd > 0 ? `, up to ${formatUsd(reservedUsd)} more for calls whose outcome was not seen` : "";
      return new BudgetError(
        `The budget of ${formatUsd(budgetUsd ?? 0)} would be passed: ${formatUsd(boughtUsd)} is spent${unseen}, and the next call may cost ${formatUsd(worstUsd)}`,
        {
          hint: `Got for it in this run: ${answers} answers, all kept. Give a higher --budget (or budget_usd) and start again: only what is missing is bought.`,
        },
      );
    },
  };
}
