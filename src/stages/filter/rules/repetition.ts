import type { FiltersConfig } from "../../../config/index.ts";
import { measureRepetition } from "../repetition/index.ts";
import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** Rejects answers that say the same over and over, as models do that lost their way; see `measureRepetition`. */
export function repetitionRule(limits: FiltersConfig["basic"]["repetition"]): Rule {
  return {
    name: "repetition",
    reasons: ["repetition"],
    check({ answer }) {
      const { repeatedLines, topNgram, repeatedNgrams } = measureRepetition(answer);
      const worst =
        overLimit("repeated_lines", repeatedLines, limits.max_repeated_lines) ??
        overLimit("repeated_ngrams", repeatedNgrams, limits.max_repeated_ngrams) ??
        overLimit("top_ngram", topNgram, limits.max_top_ngram);
      if (worst === null) return keep;
      const { measure, share, maximum, offset } = worst;
      const text = excerpt(answer.slice(offset, offset + 160));
      return reject("repetition", { measure, share: Math.round(share * 1000) / 1000, maximum, text, offset });
    },
  };
}

function overLimit(measure: string, { share, offset }: { share: number; offset: number }, maximum: number) {
  return share > maximum ? { measure, share, maximum, offset } : null;
}
