import { findEncodingDamage } from "../find-encoding-damage.ts";
import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** Rejects answers whose text was damaged on its way: a student would learn to write the damage. */
export const encodingRule: Rule = {
  name: "encoding",
  reasons: ["encoding"],
  check({ answer }) {
    const found = findEncodingDamage(answer);
    return found === null ? keep : reject("encoding", { ...found, text: excerpt(found.text) });
  },
};
