import { setImmediate } from "node:timers/promises";
import { CancelledError, DataError, type Reporter, toSafeLine } from "../../core/index.ts";
import type { SftRow } from "../../records/index.ts";
import type { ChatTemplate, StudentTokenizer } from "../../student/index.ts";
import type { ModelChoice } from "../stage.ts";

/** The student's own view of text. */
interface StudentView {
  readonly tokenizer: StudentTokenizer;
  readonly template: ChatTemplate;
  /** Longest row in tokens. */
  readonly contextLength: number;
  readonly student: typeof import("../../student/index.ts");
}

/** Loads the tokenizer and template of a student that is at hand; null for one whose files are not. */
async function loadStudentView(model: string): Promise<StudentView | null> {
  if (model !== "nexa:tiny") return null;
  const student = await import("../../student/index.ts");
  const { tokenizer, template } = student.createTinyTokenizer();
  return { tokenizer, template, contextLength: student.tinyContextLength, student };
}

/** Rows between two looks at the signal. */
const chunkRows = 256;

export interface MeasureOptions {
  /** What errors name. */
  readonly file: string;
  readonly student: ModelChoice;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * The rows with their token counts, each checked as the student will be trained on it. Where an offline student only stands in for the one that
 * the configuration names, rows that it cannot take are packaged all the same, uncounted and with a warning: they are meant for the other.
 */
export async function measureRows(rows: readonly SftRow[], options: MeasureOptions): Promise<SftRow[]> {
  const { file, student, reporter, signal } = options;
  const view = await loadStudentView(student.model);
  if (view === null) return [...rows];
  const measured: SftRow[] = [];
  for (const [index, row] of rows.entries()) {
    if (index % chunkRows === 0) await setImmediate();
    if (signal.aborted) throw new CancelledError();
    try {
      measured.push(measureRow(row, index + 1, { view, file }));
    } catch (error) {
      if (!student.isOffline || !(error instanceof DataError)) throw error;
      reporter.warn(`${student.model} cannot be trained on this dataset: ${toSafeLine(error.message, 400)}`);
      return [...rows];
    }
  }
  return measured;
}

/**
 * The row with the tokens of its prompt and of its answer, as it will be trained on. The loss falls on the answer and the end that
 * follows it, on all of them and on nothing else: that is checked here, row by row.
 * @throws DataError naming the row for text outside the student's vocabulary or context, and for a mask that is not the answer's.
 */
function measureRow(row: SftRow, number: number, { view, file }: { view: StudentView; file: string }): SftRow {
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
  const completionTokens = ids.length - prompt.length;
  const isPrefix = prompt.every((id, index) => ids[index] === id);
  const isAnswerAlone = lossMask.every((isLearnt, index) => isLearnt === index >= prompt.length);
  if (prompt.length === 0 || completionTokens <= 0 || !isPrefix || !isAnswerAlone) {
    fail(
      "would be learnt elsewhere than in its answer",
      "The student's chat template is at fault: it renders a prompt by what follows it.",
    );
  }
  return { ...row, metadata: { ...row.metadata, prompt_tokens: prompt.length, completion_tokens: completionTokens } };
}
