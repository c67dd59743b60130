import { DataError } from "../../../core/errors.ts";
import { type ChatMessage, type Checkpoint, type RenderedRow, renderTrainingRow } from "../../../student/index.ts";

/** One conversation to learn from. */
export interface TrainRow {
  /** Named in errors. */
  readonly id: string;
  readonly messages: readonly ChatMessage[];
}

/**
 * Rows as token ids with their loss masks.
 * @throws DataError naming the row that lies outside the student's vocabulary or is longer than its context.
 */
export function renderRows(rows: readonly TrainRow[], { config, tokenizer, template }: Checkpoint): RenderedRow[] {
  return rows.map(({ id, messages }) => {
    const row = renderTrainingRow(messages, { tokenizer, template, label: `row ${id}` });
    if (row.ids.length > config.max_position_embeddings) {
      throw new DataError(
        `${row.ids.length} tokens, and the student's context holds ${config.max_position_embeddings}.`,
        {
          file: `row ${id}`,
          code: "student_context",
          hint: "Leave the row out, or train a Hub student: set student.model and give it an environment with PyTorch.",
        },
      );
    }
    return row;
  });
}
