import type { TeacherOutputRow } from "../../records/rows.ts";
import type { Example, ExampleAnswer } from "./report-schema.ts";
import type { Score } from "./score.ts";

/** The answers of one model to every test prompt, with what each is worth; index by index as the prompts. */
export interface ScoredAnswers {
  readonly answers: readonly (string | null)[];
  readonly scores: readonly Score[];
}

export interface ExampleInput {
  readonly prompts: readonly TeacherOutputRow[];
  readonly trained: ScoredAnswers;
  readonly untrained: ScoredAnswers | null;
  readonly teacher: ScoredAnswers | null;
  /** How many to show. */
  readonly count: number;
}

/**
 * Chooses prompts to show side by side: up to half of them where the trained student is wrong, then where the teacher is, then the rest,
 * each in the prompts' order, so that the same answers give the same examples.
 */
export function chooseExamples({ prompts, trained, untrained, teacher, count }: ExampleInput): Example[] {
  const indexes = prompts.map((_, index) => index);
  const isStudentWrong = (index: number) => trained.scores[index]?.isCorrect === false;
  const isTeacherWrong = (index: number) => teacher?.scores[index]?.isCorrect === false;
  const wrong = indexes.filter(isStudentWrong).slice(0, Math.ceil(count / 2));
  const teacherWrong = indexes
    .filter((index) => !isStudentWrong(index) && isTeacherWrong(index))
    .slice(0, Math.ceil(count / 4));
  const chosen = new Set([...wrong, ...teacherWrong]);
  const others = indexes.filter((index) => !chosen.has(index) && !isStudentWrong(index) && !isTeacherWrong(index));
  const order = [...new Set([...chosen, ...others, ...indexes])].slice(0, count);
  return order.flatMap((index) => {
    const prompt = prompts[index];
    if (prompt === undefined) return [];
    return [
      {
        id: prompt.id,
        prompt: prompt.prompt,
        category: prompt.category,
        reference: prompt.reference,
        teacher: teacher === null ? null : answerAt(teacher, index),
        trained: answerAt(trained, index),
        untrained: untrained === null ? null : answerAt(untrained, index),
      },
    ];
  });
}

function answerAt({ answers, scores }: ScoredAnswers, index: number): ExampleAnswer {
  const score = scores[index];
  return { text: answers[index] ?? null, correct: score?.isCorrect ?? null, note: score?.note ?? "" };
}
