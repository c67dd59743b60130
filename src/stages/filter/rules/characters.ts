import { keep, type Rule, reject } from "../rule.ts";

/** Rejects answers of fewer than `minimum` characters (code points), white space at the ends not counted. */
export function charactersRule(minimum: number): Rule {
  return {
    name: "characters",
    reasons: ["too_few_characters"],
    check({ answer }) {
      const trimmed = answer.trim();
      // A code point has at most two code units.
      if (trimmed.length >= 2 * minimum) return keep;
      const characters = countCodePoints(trimmed);
      return characters >= minimum ? keep : reject("too_few_characters", { characters, minimum });
    },
  };
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
