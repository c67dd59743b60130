import { expect, test } from "vitest";
import type { TeacherOutputRow } from "../../records/rows.ts";
import { chooseExamples, type ScoredAnswers } from "./examples.ts";

const prompts = Array.from({ length: 10 }, (_, index) => ({
  id: `p${index}`,
  prompt: `question ${index}`,
  category: null,
  reference: null,
}));

function scored(wrong: readonly number[]): ScoredAnswers {
  return {
    answers: prompts.map(({ id }) => `answer to ${id}`),
    scores: prompts.map((_, index) => ({
      isCorrect: !wrong.includes(index),
      failure: wrong.includes(index) ? "division" : null,
      note: "",
    })),
  };
}

function chooseIds(studentWrong: readonly number[], teacherWrong: readonly number[], count: number): string[] {
  const examples = chooseExamples({
    prompts: prompts as unknown as TeacherOutputRow[],
    trained: scored(studentWrong),
    untrained: null,
    teacher: scored(teacherWrong),
    count,
  });
  return examples.map(({ id }) => id);
}

test("shows up to half of the student's errors, then some of the teacher's, then what is right", () => {
  expect(chooseIds([1, 3, 5, 7], [2, 3, 9], 4)).toEqual(["p1", "p3", "p2", "p0"]);
  expect(chooseIds([], [], 3)).toEqual(["p0", "p1", "p2"]);
});

test("fills up with errors where nothing else is left, and never shows a prompt twice", () => {
  const all = prompts.map((_, index) => index);
  expect(chooseIds(all, all, 6)).toEqual(["p0", "p1", "p2", "p3", "p4", "p5"]);
  expect(new Set(chooseIds([1, 2], [3], 50)).size).toBe(10);
});
