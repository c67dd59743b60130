import { findCitation } from "../find-citation.ts";
import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** Rejects answers that cite: the student cannot know the source, and would learn to invent one. */
export const citationRule: Rule = {
  name: "citations",
  reasons: ["citation"],
  check({ answer }) {
    const found = findCitation(answer);
    if (found === null) return keep;
    return reject("citation", { kind: found.kind, text: excerpt(found.text), offset: found.offset });
  },
};
