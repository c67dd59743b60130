import type { FiltersConfig } from "../../../config/index.ts";
import { createCitationFinder } from "../find-citation.ts";
import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** Rejects answers that cite: the student cannot know the source, and would learn to invent one. */
export function citationRule(patterns: FiltersConfig["basic"]["citation_patterns"]): Rule {
  const findCitation = createCitationFinder(patterns);
  return {
    name: "citations",
    reasons: ["citation"],
    check({ answer }) {
      const found = findCitation(answer);
      if (found === null) return keep;
      return reject("citation", { kind: found.kind, text: excerpt(found.text), offset: found.offset });
    },
  };
}
