import type { FilteredRow } from "../../records/index.ts";
import type { Judgement } from "./judgement.ts";

export type VerdictColumns = Pick<
  FilteredRow,
  "judge_score" | "judge" | "judge_scores" | "judge_rationale" | "safety_flags"
>;

/**
 * What the gate's output says of a verdict; nulls where there is none.
 * @param providerFlags what the teacher's provider flagged; they stand before the judge's.
 */
export function toVerdictColumns(judgement: Judgement | null, providerFlags: readonly string[] = []): VerdictColumns {
  if (judgement?.state !== "judged") {
    return {
      judge_score: null,
      judge: null,
      judge_scores: null,
      judge_rationale: null,
      safety_flags: [...providerFlags],
    };
  }
  const { score, scores, judge, flags, rationale } = judgement;
  return {
    judge_score: score,
    judge,
    judge_scores: Object.keys(scores).length === 0 ? null : JSON.stringify(scores),
    judge_rationale: rationale,
    safety_flags: [...new Set([...providerFlags, ...flags])],
  };
}
