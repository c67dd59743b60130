import type { Json } from "../../core/index.ts";
import type { ReasonCode, TeacherOutputRow } from "../../records/index.ts";
import type { Judgement } from "./judgement.ts";

/** What the rules may look at of every row. */
export interface GateRow
  extends Pick<TeacherOutputRow, "prompt" | "teacher_output" | "finish_reason" | "completion_tokens" | "error"> {
  readonly expects_json: boolean;
  /** The whole conversation as one text: the prompt where it is all of it, else its turns as `role: content`, a blank line between them. */
  readonly request: string;
  /** Whether the row can come into the training or validation split. */
  readonly isTrainedOn: boolean;
}

/** A row on its way through the gate, before the judge. */
export interface Candidate {
  readonly row: GateRow;
  /** The teacher's answer as the rules before leave it; empty where there is none. */
  readonly answer: string;
  /** What the user's SQL rules came to, in their order. */
  readonly sqlValues: readonly (boolean | null)[];
  /** The whole row, for the user's own modules; decoded only where a rule has `needsWholeRow`. */
  readonly wholeRow: TeacherOutputRow | null;
}

export interface Failure {
  readonly reason: ReasonCode;
  /** What was measured, the threshold, the matched text and where it stands: never part of the code. */
  readonly detail: Json;
}

export type RuleOutcome =
  | {
      readonly keep: true;
      /** The answer with something taken out; as it was where left out. */
      readonly answer?: string;
    }
  | ({ readonly keep: false } & Failure);

/** One condition that an answer must meet, known before the judge is asked. Rules know nothing of each other, and every failing one is recorded. */
export interface Rule {
  /** Its line in the funnel. */
  readonly name: string;
  /** The codes that it can give. */
  readonly reasons: readonly ReasonCode[];
  readonly needsWholeRow?: boolean;
  /**
   * Takes time linear in the answer's length, whatever the answer holds. A promise is waited for: only where a library gives nothing else,
   * and then for few rows.
   */
  check(candidate: Candidate): RuleOutcome | Promise<RuleOutcome>;
}

/** A condition on what the judge said. */
export interface JudgedRule {
  readonly name: string;
  readonly reasons: readonly ReasonCode[];
  check(judgement: Judgement): RuleOutcome;
}

export const keep: RuleOutcome = { keep: true };

export function reject(reason: ReasonCode, detail: Json): RuleOutcome {
  return { keep: false, reason, detail };
}

/** Foreign text for a detail: enough of it to recognise. */
export function excerpt(text: string, maxLength = 160): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 1).toWellFormed()}…` : text;
}
