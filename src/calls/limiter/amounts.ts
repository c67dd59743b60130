import type { QuotaKind } from "./quota-reading.ts";

/** What a call takes, or has taken, by what quotas count. */
export type Amounts = Readonly<Record<QuotaKind, number>>;

export const noAmounts: Amounts = { requests: 0, tokens: 0, input_tokens: 0, output_tokens: 0 };

/** Tokens together are the sum of both. */
export function amountsOf(input: number, output: number, requests: number): Amounts {
  return { requests, tokens: input + output, input_tokens: input, output_tokens: output };
}

export function addAmounts(a: Amounts, b: Amounts): Amounts {
  return {
    requests: a.requests + b.requests,
    tokens: a.tokens + b.tokens,
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
  };
}

export function subtractAmounts(a: Amounts, b: Amounts): Amounts {
  return {
    requests: a.requests - b.requests,
    tokens: a.tokens - b.tokens,
    input_tokens: a.input_tokens - b.input_tokens,
    output_tokens: a.output_tokens - b.output_tokens,
  };
}
