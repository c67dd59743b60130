import { excerpt, type JudgedRule, keep, reject } from "../rule.ts";

/** Rejects answers that the judge put a safety flag on. */
export const safetyFlagRule: JudgedRule = {
  name: "safety",
  reasons: ["safety_flag"],
  check(judgement) {
    if (judgement.state !== "judged" || judgement.flags.length === 0) return keep;
    const { flags, judge, rationale } = judgement;
    return reject("safety_flag", { source: "judge", flags, judge, rationale: excerpt(rationale) });
  },
};
