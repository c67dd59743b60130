import type { Json } from "../../core/index.ts";
import type { ReasonCode, TeacherOutputRow } from "../../records/index.ts";
import type { Judgement } from "./judgement.ts";

/** A row on its way through the gate. */
export interface Candidate {
  readonly row: TeacherOutputRow;
  /** The teacher's answer as it is; empty where there is none. */
  readonly answer: string;
  /** What the judge said; null before it was asked, and where no judge is used. */
  readonly judgement: Judgement | null;
}

export interface Failure {
  readonly reason: ReasonCode;
  /** What was measured, the threshold, the matched text and where it stands: never part of the code. */
  readonly detail: Json;
}

export type RuleOutcome = { readonly keep: true } | ({ readonly keep: false } & Failure);

/** One condition that an answer must meet. Rules know nothing of each other, and every failing one is recorded. */
export interface Rule {
  /** Its line in the funnel. */
  readonly name: string;
  /** The codes that it can give. */
  readonly reasons: readonly ReasonCode[];
  /** Takes time linear in the answer's length, whatever the answer holds. */
  check(candidate: Candidate): RuleOutcome;
  /** Told, in the rows' order, of each candidate that passed all the rules before the judge. */
  admit?(candidate: Candidate): void;
}

export const keep: RuleOutcome = { keep: true };

export function reject(reason: ReasonCode, detail: Json): RuleOutcome {
  return { keep: false, reason, detail };
}

/** Foreign text for a detail: enough of it to recognise. */
export function excerpt(text: string, maxLength = 160): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 1).toWellFormed()}…` : text;
}
