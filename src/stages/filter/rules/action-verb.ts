import type { FiltersConfig } from "../../../config/index.ts";
import { createVerbFinder, type VerbPosition } from "../find-verb.ts";
import { inflect } from "../inflect.ts";
import { keep, type Rule, reject } from "../rule.ts";

export interface VerbDemand {
  /** In their base form. */
  readonly verbs: FiltersConfig["basic"]["allowed_action_verbs"];
  /**
   * Whether their other forms count too; a word then ends where its letters end. Without, a word is what it is to Python's `\b`: digits and
   * underscores belong to it, so that `mix_2` holds no `mix`.
   */
  readonly inflections: boolean;
  readonly position: VerbPosition;
}

/** Rejects answers in which nothing is done: none of the verbs at the position asked for, whatever their case. */
export function actionVerbRule({ verbs, inflections, position }: VerbDemand): Rule {
  const forms = inflections ? verbs.flatMap((verb) => [...inflect(verb)]) : verbs.map((verb) => verb.toLowerCase());
  const hasVerb = createVerbFinder({ forms: new Set(forms), position, word: inflections ? "letters" : "python" });
  return {
    name: "action verb",
    reasons: ["no_action_verb"],
    check({ answer }) {
      if (hasVerb(answer)) return keep;
      return reject("no_action_verb", { characters: answer.length, allowed_action_verbs: verbs.length, position });
    },
  };
}
