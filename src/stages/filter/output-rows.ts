import type { Json } from "../../core/index.ts";
import type { FilteredRow, RejectionRow } from "../../records/index.ts";
import type { GatedRow } from "./gate.ts";

/** A kept row, with what the judge said of it. */
export function toFilteredRow({ row, judgement }: GatedRow): FilteredRow {
  const verdict = judgement?.state === "judged" ? judgement : null;
  return {
    ...row,
    judge_score: verdict?.score ?? null,
    judge: verdict?.judge ?? null,
    safety_flags: verdict?.flags ?? [],
  };
}

/** A rejected or unjudged row with its reasons, and what was measured for each. */
export function toRejectionRow(gated: GatedRow): RejectionRow {
  const details: Record<string, Json> = {};
  for (const { reason, detail } of gated.failures) details[reason] = detail;
  return {
    ...toFilteredRow(gated),
    reasons: gated.failures.map(({ reason }) => reason),
    reason_details: JSON.stringify(details),
  };
}
