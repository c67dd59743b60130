import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** Rejects answers that the judge scored below `minimum`, and holds back those that it did not score at all. */
export function judgeScoreRule(minimum: number): Rule {
  return {
    name: "judge's score",
    reasons: ["unjudged", "low_judge_score"],
    check({ judgement }) {
      if (judgement === null) return keep;
      if (judgement.state === "failed") return reject("unjudged", judgement.detail);
      const { score, rationale, judge } = judgement;
      return score >= minimum
        ? keep
        : reject("low_judge_score", { score, minimum, judge, rationale: excerpt(rationale) });
    },
  };
}
