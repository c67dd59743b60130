import type { Json } from "../../../core/index.ts";
import { keep, type Rule, reject } from "../rule.ts";
import { findPersonalData, type PersonalData } from "./personal-data/find-all.ts";
import type { PersonalDataKind } from "./personal-data/finder.ts";
import { redactPersonalData } from "./personal-data/redact.ts";

export interface PersonalDataOptions {
  /** redact: the answer goes on with placeholders ([EMAIL]) in the place of the data. */
  readonly action: "reject" | "redact";
  readonly kinds: readonly PersonalDataKind[];
}

/** Rejects answers that hold personal data, or takes it out of them; where that cannot be done, they are rejected all the same. */
export function personalDataRule({ action, kinds }: PersonalDataOptions): Rule {
  return {
    name: "personal data",
    reasons: ["personal_data"],
    check({ answer }) {
      const places = findPersonalData(answer, kinds);
      if (places.length === 0) return keep;
      const redacted = action === "redact" ? redactPersonalData(answer, kinds) : null;
      return redacted !== null
        ? { keep: true, answer: redacted }
        : reject("personal_data", describePlaces(answer, places));
    },
  };
}

/** By kind: how many, and where the first stands, of which two characters are shown. */
function describePlaces(answer: string, places: readonly PersonalData[]): Json {
  const byKind = Map.groupBy(places, ({ kind }) => kind);
  return [...byKind].map(([kind, all]) => {
    const { start, end } = all[0] as PersonalData;
    const text = `${answer.slice(start, Math.min(start + 2, end)).toWellFormed()}…`;
    return { kind, count: all.length, text, characters: end - start, offset: start };
  });
}
