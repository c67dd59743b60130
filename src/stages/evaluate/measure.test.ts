import { expect, test } from "vitest";
import { measure, sortHistogram } from "./measure.ts";

const right = { isCorrect: true, failure: null, note: "" };
const wrong = (failure: string) => ({ isCorrect: false, failure, note: "" });
const open = { isCorrect: null, failure: null, note: "" };

test("counts accuracy over what could be checked, and each wrong answer once", () => {
  const scores = [right, wrong("division"), open, wrong("no_answer"), right, wrong("division")];
  const answers = ["a", "b", "c", null, "d", " "];
  const measurement = measure({ model: "m", answers, scores, seconds: 2 });
  expect(measurement).toMatchObject({
    answered: 4,
    checked: 5,
    correct: 2,
    accuracy: 0.4,
    failures: { division: 2, no_answer: 1 },
    seconds: 2,
  });
  expect(measurement.ci95?.[0]).toBeCloseTo(0.1176, 4);
  expect(measurement.ci95?.[1]).toBeCloseTo(0.7693, 4);
});

test("has no accuracy where nothing could be checked", () => {
  expect(measure({ model: "m", answers: ["a", "b"], scores: [open, open], seconds: null })).toMatchObject({
    answered: 2,
    checked: 0,
    correct: 0,
    accuracy: null,
    ci95: null,
    failures: {},
  });
});

test("orders a histogram by count, then by name", () => {
  expect(Object.keys(sortHistogram({ b: 1, c: 5, a: 1 }))).toEqual(["c", "a", "b"]);
});
