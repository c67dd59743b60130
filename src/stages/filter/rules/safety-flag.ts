import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** Rejects answers that the judge put a safety flag on. */
export const safetyFlagRule: Rule = {
  name: "safety",
  reasons: ["safety_flag"],
  check({ judgement }) {
    if (judgement?.state !== "judged" || judgement.flags.length === 0) return keep;
    return reject("safety_flag", { flags: judgement.flags, rationale: excerpt(judgement.rationale) });
  },
};
