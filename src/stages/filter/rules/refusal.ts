import { createRefusalFinder } from "../find-refusal.ts";
import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** Rejects answers that refuse, or speak of the model that gives them. `phrases` are the user's own, whatever their case. */
export function refusalRule(phrases: readonly string[]): Rule {
  const findRefusal = createRefusalFinder(phrases);
  return {
    name: "refusals",
    reasons: ["refusal"],
    check({ answer }) {
      const found = findRefusal(answer);
      return found === null ? keep : reject("refusal", { ...found, text: excerpt(found.text) });
    },
  };
}
