import { boolean, double, integer, list, nullable, oneOf, type RowSchema, struct, text } from "./columns.ts";
import { type FilteredRow, type RejectionRow, type SftRow, splitNames, type TeacherOutputRow } from "./rows.ts";

const messages = list(struct({ role: oneOf(["system", "user", "assistant"]), content: text }));

const teacherOutputColumns: RowSchema<TeacherOutputRow>["columns"] = {
  id: text,
  sample: integer,
  prompt: text,
  messages,
  system: nullable(text),
  category: nullable(text),
  expects_json: boolean,
  reference: nullable(text),
  group: text,
  teacher_output: nullable(text),
  reasoning: nullable(text),
  model: text,
  finish_reason: text,
  prompt_tokens: integer,
  completion_tokens: integer,
  cost_usd: double,
  error: nullable(text),
};

const filteredColumns: RowSchema<FilteredRow>["columns"] = {
  ...teacherOutputColumns,
  judge_score: nullable(double),
  judge: nullable(text),
  judge_scores: nullable(text),
  judge_rationale: nullable(text),
  safety_flags: list(text),
};

/** teacher_outputs_v1.parquet: one row per prompt and sample. */
export const teacherOutputSchema: RowSchema<TeacherOutputRow> = {
  name: "teacher outputs",
  columns: teacherOutputColumns,
};

/** filtered_v1.parquet: the kept rows. */
export const filteredSchema: RowSchema<FilteredRow> = { name: "filtered rows", columns: filteredColumns };

/** rejections.parquet: the rejected and unjudged rows with their reasons. */
export const rejectionSchema: RowSchema<RejectionRow> = {
  name: "rejections",
  columns: { ...filteredColumns, reasons: list(text), reason_details: text },
};

/** sft_dataset.parquet: the packaged conversations of all splits. */
export const sftSchema: RowSchema<SftRow> = {
  name: "packaged rows",
  columns: {
    id: text,
    messages,
    split: oneOf(splitNames),
    metadata: struct({
      sample: integer,
      category: nullable(text),
      group: text,
      teacher: text,
      judge: nullable(text),
      judge_score: nullable(double),
      prompt_tokens: nullable(integer),
      completion_tokens: nullable(integer),
    }),
  },
};
