import { DataError, toSafeLine } from "../../core/index.ts";
import { type FilteredRow, type Message, type SftRow, type SplitShares, splitOf } from "../../records/index.ts";

export interface PackageOptions {
  readonly shares: SplitShares;
  /** Whether the system message that the teacher was given goes along. */
  readonly includeSystem: boolean;
  /** Whether ids carry their sample, as `id#sample`. */
  readonly hasSamples: boolean;
  /** What errors name. */
  readonly file: string;
}

/** The conversation to learn, text as it is: the system message or none, the turns, and the answer last. */
function conversationOf(row: FilteredRow, { includeSystem }: { includeSystem: boolean }): Message[] | null {
  if (row.teacher_output === null || row.teacher_output === "") return null;
  const { system, messages, teacher_output: content } = row;
  return [
    ...(includeSystem && system !== null ? [{ role: "system" as const, content: system }] : []),
    ...messages,
    { role: "assistant", content },
  ];
}

/**
 * Packs one row; the token counts are filled in by whoever knows the student.
 * @throws DataError naming the row where it has no answer.
 */
export function packageRow(row: FilteredRow, number: number, options: PackageOptions): SftRow {
  const messages = conversationOf(row, options);
  if (messages === null) {
    throw new DataError(`the row \`${toSafeLine(row.id)}\` has no answer`, {
      file: options.file,
      row: number,
      code: "no_answer",
      hint: "Run the file through `nexa filter --input` first: it takes rows without an answer out.",
    });
  }
  return {
    id: options.hasSamples ? `${row.id}#${row.sample}` : row.id,
    messages,
    split: splitOf(row.group, options.shares),
    metadata: {
      sample: row.sample,
      category: row.category,
      group: row.group,
      teacher: row.model,
      judge: row.judge,
      judge_score: row.judge_score,
      prompt_tokens: null,
      completion_tokens: null,
    },
  };
}
