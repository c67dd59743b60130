import { type Amounts, amountsOf, noAmounts } from "./amounts.ts";
import type { CallOutcome, CallSize, Permit } from "./contract.ts";
import type { QuotaReading } from "./quota-reading.ts";
import { createTokenEstimate } from "./token-estimate.ts";

/** What calls take of tokens: before they are made by estimate, afterwards by their usage. */
export interface TokenAccount {
  expected(size: CallSize): Amounts;
  /** What a call took more than was expected (less where negative); null where that is not known. */
  correction(permit: Permit, outcome: CallOutcome): Amounts | null;
  observe(permit: Permit, outcome: CallOutcome): void;
  /** A call was refused, and the response has these readings. */
  refuse(permit: Permit, readings: readonly QuotaReading[]): void;
}

export function createTokenAccount(): TokenAccount {
  const estimate = createTokenEstimate();
  // OpenAI counts max_tokens when a call comes, and gives nothing back when its answer was shorter.
  let countsMost = false;
  const add = (input: number, output: number, most: number): Amounts => {
    const amounts = amountsOf(input, output, 1);
    return countsMost ? { ...amounts, tokens: input + most } : amounts;
  };
  return {
    expected: ({ promptChars, maxTokens }) =>
      add(estimate.prompt(promptChars), estimate.completion(maxTokens), maxTokens),
    correction({ taken, size }, { how, promptTokens, completionTokens }) {
      // A refused call takes no tokens; of one that failed nobody knows.
      if (how === "refused" || how === "overloaded" || how === "unavailable") return difference(noAmounts, taken);
      if (typeof promptTokens !== "number" || typeof completionTokens !== "number") return null;
      return difference(add(promptTokens, completionTokens, size.maxTokens), taken);
    },
    observe({ size }, { promptTokens, completionTokens }) {
      if (typeof promptTokens !== "number" || typeof completionTokens !== "number") return;
      estimate.observe({ promptChars: size.promptChars, promptTokens, completionTokens });
    },
    refuse({ taken, size }, readings) {
      const remaining = readings.find(({ kind }) => kind === "tokens")?.remaining ?? null;
      const requests = readings.find(({ kind }) => kind === "requests")?.remaining ?? 1;
      if (remaining === null || requests < 1) return;
      // What the call will probably take was there, but not what it might.
      if (remaining >= taken.tokens && remaining < taken.input_tokens + size.maxTokens) countsMost = true;
    },
  };
}

/** Of tokens alone: a request is one, however it ends. */
function difference(now: Amounts, before: Amounts): Amounts {
  return {
    requests: 0,
    tokens: now.tokens - before.tokens,
    input_tokens: now.input_tokens - before.input_tokens,
    output_tokens: now.output_tokens - before.output_tokens,
  };
}
