import type { CallState } from "../calls/call-state.ts";
import type { ModelAnswer } from "../calls/index.ts";
import type { CallSummary, FailureGroup } from "./call-summary.ts";
import { IdentitySet } from "./identity-set.ts";

/** What became of the rows so far, counted answer by answer: exact where the state of the calls is a moment ahead. */
export class CallTally {
  readonly #failures = new Map<string, { rows: number; example: string }>();
  readonly #paid = new IdentitySet();
  #bought = 0;
  #found = 0;
  #failed = 0;
  #failedBefore = 0;
  #answersCostUsd = 0;
  readonly #run = { costUsd: 0, promptTokens: 0, completionTokens: 0 };

  /** Rows answered by a call of this run. */
  get bought(): number {
    return this.#bought;
  }

  /** Rows whose answer was there already. */
  get found(): number {
    return this.#found;
  }

  get failed(): number {
    return this.#failed;
  }

  get seen(): number {
    return this.#bought + this.#found + this.#failed;
  }

  /** Rows that this run has asked for, with or without success. */
  get asked(): number {
    return this.#bought + this.#failed - this.#failedBefore;
  }

  /** Dollars of all answers, those of earlier runs included, an equal row's counted once. */
  get answersCostUsd(): number {
    return this.#answersCostUsd;
  }

  add({ identity, costUsd, error, isFromLedger, promptTokens, completionTokens }: ModelAnswer<unknown>): void {
    if (costUsd > 0 && this.#paid.add(identity)) this.#answersCostUsd += costUsd;
    if (error !== null) {
      this.#failed++;
      if (isFromLedger) this.#failedBefore++;
      const group = this.#failures.get(error.code);
      if (group === undefined) this.#failures.set(error.code, { rows: 1, example: error.message });
      else group.rows++;
    } else if (isFromLedger) this.#found++;
    else {
      this.#bought++;
      this.#run.costUsd += costUsd;
      this.#run.promptTokens += promptTokens ?? 0;
      this.#run.completionTokens += completionTokens ?? 0;
    }
  }

  /** For calls that tell nothing of their state. */
  asState(): CallState {
    const nothing = { inFlight: 0, waiting: 0, budgetLeftUsd: null, limiter: "", batches: "", maybePaidTwice: 0 };
    return { ...nothing, ...this.#run, answered: this.#bought, failed: this.#failed, fromLedger: this.#found };
  }

  sumUp(state: CallState, { wanted, seconds }: { wanted: number; seconds: number }): CallSummary {
    const failures: FailureGroup[] = [...this.#failures].map(([code, group]) => ({ code, ...group }));
    failures.sort((a, b) => b.rows - a.rows);
    const { costUsd, budgetLeftUsd, promptTokens, completionTokens, maybePaidTwice } = state;
    const use = { costUsd, budgetLeftUsd, promptTokens, completionTokens, maybePaidTwice };
    const rows = { wanted, bought: this.#bought, found: this.#found, failed: this.#failed, failures };
    return { ...rows, ...use, answersCostUsd: this.#answersCostUsd, seconds };
  }
}
