import { excerpt, type JudgedRule, keep, reject } from "../rule.ts";

/** Rejects answers that the judge scored below `minimum`, and holds back those that it did not score at all. */
export function judgeScoreRule(minimum: number): JudgedRule {
  return {
    name: "judge's score",
    reasons: ["unjudged", "low_judge_score"],
    check(judgement) {
      if (judgement.state === "failed") return reject("unjudged", judgement.detail);
      const { score, scores, rationale, judge } = judgement;
      if (score >= minimum) return keep;
      return reject("low_judge_score", { score, minimum, scores, judge, rationale: excerpt(rationale) });
    },
  };
}
