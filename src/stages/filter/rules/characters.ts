import { countCodePoints, countCollapsed } from "../../../core/index.ts";
import { keep, type Rule, reject } from "../rule.ts";

export interface CharacterLimits {
  readonly minimum: number;
  /** Null for no limit. */
  readonly maximum: number | null;
  /** Count each stretch of white space as one character. */
  readonly collapse: boolean;
}

/** Rejects answers of fewer or more characters (code points) than the limits, white space at the ends not counted. */
export function charactersRule({ minimum, maximum, collapse }: CharacterLimits): Rule {
  const count = collapse ? countCollapsed : (answer: string, enough?: number) => countCodePoints(answer.trim(), enough);
  return {
    name: "characters",
    reasons: ["too_few_characters", "too_many_characters"],
    check({ answer }) {
      const characters = count(answer, minimum);
      if (characters < minimum) return reject("too_few_characters", { characters, minimum });
      if (maximum === null || answer.length <= maximum || count(answer, maximum + 1) <= maximum) return keep;
      return reject("too_many_characters", { characters: count(answer), maximum });
    },
  };
}
