import type { TokenGauge } from "../../../models/index.ts";
import { keep, type Rule, reject } from "../rule.ts";

/** Rejects answers of fewer than `minimum` tokens, white space at the ends not counted. */
export function tokensRule({ minimum, gauge }: { minimum: number; gauge: TokenGauge }): Rule {
  return {
    name: "tokens",
    reasons: ["too_few_tokens"],
    check({ answer }) {
      const trimmed = answer.trim();
      if (gauge.hasAtLeast(trimmed, minimum)) return keep;
      return reject("too_few_tokens", { tokens: gauge.count(trimmed), minimum, tokenizer: gauge.name });
    },
  };
}
