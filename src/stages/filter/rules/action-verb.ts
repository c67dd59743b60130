import { inflect } from "../inflect.ts";
import { keep, type Rule, reject } from "../rule.ts";

/** A word with its hyphens, e.g. "re-run"; one pass over the text, no step back. */
const wordPattern = /[\p{L}\p{M}-]+/gu;

/** Rejects answers in which nothing is done: none of the verbs, in any of their forms. */
export function actionVerbRule(verbs: readonly string[]): Rule {
  const forms = new Set(verbs.flatMap((verb) => [...inflect(verb)]));
  const longest = Math.max(...[...forms].map((form) => form.length));
  return {
    name: "action verb",
    reasons: ["no_action_verb"],
    check({ answer }) {
      let words = 0;
      for (const [word] of answer.matchAll(wordPattern)) {
        words++;
        if (isForm(word)) return keep;
      }
      return reject("no_action_verb", { words, allowed_action_verbs: verbs.length });
    },
  };

  function isForm(word: string): boolean {
    if (word.includes("-")) return forms.has(word.toLowerCase()) || word.split("-").some((part) => isForm(part));
    return word.length <= longest && forms.has(word.toLowerCase());
  }
}
