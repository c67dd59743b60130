import { DataError, toSafeLine } from "../../core/index.ts";
import type { SftRow } from "../../records/index.ts";
import type { ChatTemplate, StudentTokenizer } from "../../student/index.ts";

/** The student's own view of text. */
export interface StudentView {
  readonly tokenizer: StudentTokenizer;
  readonly template: ChatTemplate;
  /** Longest row in tokens. */
  readonly contextLength: number;
  readonly student: typeof import("../../student/index.ts");
}

/** Loads the tokenizer and template of a student that is at hand; null for one whose files are not. */
export async function loadStudentView(model: string): Promise<StudentView | null> {
  if (model !== "nexa:tiny") return null;
  const student = await import("../../student/index.ts");
  const { tokenizer, template } = student.createTinyTokenizer();
  return { tokenizer, template, contextLength: student.tinyContextLength, student };
}

/**
 * The row with the tokens of its prompt and of its answer, as it will be trained on. The loss falls on the answer and the end that
 * follows it, on all of them and on nothing else: that is checked here, row by row.
 * @throws DataError naming the row for text outside the student's vocabulary or context, and for a mask that is not the answer's.
 */
export function measureRow(row: SftRow, number: number, { view, file }: { view: StudentView; file: string }): SftRow {
  const { student, tokenizer, template, contextLength } = view;
  const fail = (message: string, hint: string): never => {
    throw new DataError(`the row \`${toSafeLine(row.id)}\` ${message}`, {
      file,
      row: number,
      code: "student_data",
      hint,
    });
  };
  const options = { tokenizer, template, label: `${file}:${number}: ${toSafeLine(row.id)}` };
  const { ids, lossMask } = student.renderTrainingRow(row.messages, options);
  const prompt = student.renderPrompt(row.messages.slice(0, -1), options);
  if (ids.length > contextLength) {
    fail(
      `has ${ids.length} tokens, and the student takes ${contextLength}`,
      "Ask for shorter answers, or train a student with a longer context.",
    );
  }
  if (!prompt.every((id, index) => ids[index] === id)) {
    fail(
      "starts otherwise in training than when it is asked",
      "The chat template is at fault: it renders a prompt by what follows it.",
    );
  }
  const completionTokens = ids.length - prompt.length;
  const isAnswerAlone = lossMask.every((isLearnt, index) => isLearnt === index >= prompt.length);
  if (prompt.length === 0 || completionTokens === 0 || !isAnswerAlone) {
    fail(
      "would be learnt elsewhere than in its answer",
      "The embedded student takes conversations of one question and one answer.",
    );
  }
  return { ...row, metadata: { ...row.metadata, prompt_tokens: prompt.length, completion_tokens: completionTokens } };
}
