import { z } from "zod";

/** The schema of every row on disk. snake_case, as in the files. */

export const messageSchema = z.strictObject({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
});
export type Message = z.infer<typeof messageSchema>;

/** One request for the teacher, after checks: it has an id, messages and a group, however it was written. */
export interface PromptRow {
  readonly id: string;
  /** The conversation to answer, without the project's system prompt; ends with a user message. */
  readonly messages: readonly Message[];
  /** The last user message. */
  readonly prompt: string;
  readonly category: string | null;
  readonly expects_json: boolean;
  readonly reference: string | null;
  /** Prompts of one group are in the same split; the prompt's normalised text where the file names none. */
  readonly group: string;
}

/** One row per prompt and sample. */
export interface TeacherOutputRow extends Omit<PromptRow, "messages"> {
  /** 0-based. */
  readonly sample: number;
  readonly messages: readonly Message[];
  /** The system message that the teacher was given, or null. */
  readonly system: string | null;
  /** The answer; null when the call failed or was empty, and then `error` says why. */
  readonly teacher_output: string | null;
  readonly reasoning: string | null;
  readonly model: string;
  readonly finish_reason: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cost_usd: number;
  readonly error: string | null;
}

export interface FilteredRow extends TeacherOutputRow {
  /** 0 to 1, or null when no judge ran. */
  readonly judge_score: number | null;
  /** The judge's model, or null. */
  readonly judge: string | null;
  /** JSON text: an object of criterion -> score, 0 to 1; null when no judge ran or it gave none. */
  readonly judge_scores: string | null;
  readonly judge_rationale: string | null;
  /** Of the provider and of the judge, without repetition. */
  readonly safety_flags: readonly string[];
}

export const reasonCodes = [
  "empty",
  "truncated",
  "encoding",
  "too_few_characters",
  "too_many_characters",
  "too_few_tokens",
  "too_many_tokens",
  "no_action_verb",
  "citation",
  "refusal",
  "repetition",
  "language",
  "invalid_json",
  "json_schema",
  "secret",
  "personal_data",
  "contaminated",
  "unjudged",
  "low_judge_score",
  "safety_flag",
  "duplicate",
  "near_duplicate",
] as const;
/** Stable codes, `rule:<name>` for a rule of the user's own; measured values stand beside them in reason_details, never inside. */
export type ReasonCode = (typeof reasonCodes)[number] | `rule:${string}`;

export interface RejectionRow extends FilteredRow {
  /** Every failing rule's code, in the rules' order. */
  readonly reasons: readonly ReasonCode[];
  /** JSON text: an object of code -> what was measured, the threshold, the matched text. */
  readonly reason_details: string;
}

export const splitNames = ["train", "validation", "test"] as const;
export type SplitName = (typeof splitNames)[number];

/** One packaged conversation; the loss is on its last assistant message alone. */
export interface SftRow {
  readonly id: string;
  readonly messages: readonly Message[];
  readonly split: SplitName;
  readonly metadata: {
    readonly sample: number;
    readonly category: string | null;
    readonly group: string;
    readonly teacher: string;
    readonly judge: string | null;
    readonly judge_score: number | null;
    /** Tokens of prompt and answer as the student's template renders them, or null where its tokenizer is not at hand. */
    readonly prompt_tokens: number | null;
    readonly completion_tokens: number | null;
  };
}
