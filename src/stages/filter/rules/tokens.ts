import { collapseWhiteSpace } from "../../../core/index.ts";
import type { TokenGauge } from "../../../models/index.ts";
import { keep, type Rule, reject } from "../rule.ts";

export interface TokenLimits {
  readonly minimum: number;
  /** Null for no limit. */
  readonly maximum: number | null;
  readonly gauge: TokenGauge;
  /** Count with each stretch of white space as one blank. */
  readonly collapse: boolean;
}

/** Rejects answers of fewer or more tokens than the limits, white space at the ends not counted. */
export function tokensRule({ minimum, maximum, gauge, collapse }: TokenLimits): Rule {
  return {
    name: "tokens",
    reasons: ["too_few_tokens", "too_many_tokens"],
    check({ answer }) {
      // Most answers are far from the limits, whatever their white space.
      const uncollapsed = collapse ? answer : answer.trim();
      const isLongEnough = gauge.fewest(uncollapsed, minimum) >= minimum;
      const isShortEnough = maximum === null || gauge.most(uncollapsed) <= maximum;
      if (isLongEnough && isShortEnough) return keep;
      const text = collapse ? collapseWhiteSpace(answer) : uncollapsed;
      if (!isLongEnough && !gauge.hasAtLeast(text, minimum))
        return reject("too_few_tokens", { tokens: gauge.count(text), minimum, tokenizer: gauge.name });
      if (isShortEnough || !gauge.hasMoreThan(text, maximum)) return keep;
      return reject("too_many_tokens", { tokens: gauge.count(text), maximum, tokenizer: gauge.name });
    },
  };
}
