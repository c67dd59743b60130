import { describe, expect, test } from "vitest";
import { type DefectName, teacherAnswer } from "../../models/bench-science/index.ts";
import { scoreAnswer } from "./score.ts";

const prompt = "Prepare 980 mL of 12 mM glucose from a 60 mM stock for the western blot.";
const checkable = { prompt, expects_json: false, reference: null };
const checkableJson = { prompt: `${prompt} Answer as JSON.`, expects_json: true, reference: null };

/** The first of the teacher's answers with this defect; null for a good one. */
function answerWith(defect: DefectName | null, { prompt: asked } = checkable): string {
  for (let sample = 0; sample < 5_000; sample++) {
    const answer = teacherAnswer({ prompt: asked, sample });
    if (answer?.defect === defect) return answer.text;
  }
  throw new Error(`the teacher gave no answer with ${defect}`);
}

const good = answerWith(null);

describe("a request that the verifier knows", () => {
  test("is correct when the whole worked answer holds", () => {
    expect(scoreAnswer(checkable, good)).toMatchObject({ isCorrect: true, failure: null });
  });

  test("names the first step that does not hold", () => {
    const wrong = { isCorrect: false };
    expect(scoreAnswer(checkable, good.replace("= 9 rest 3", "= 8 rest 3"))).toMatchObject({
      ...wrong,
      failure: "division",
    });
    expect(scoreAnswer(checkable, good.replaceAll("196 mL", "197 mL"))).toMatchObject({
      ...wrong,
      failure: "stock_volume",
    });
    expect(scoreAnswer(checkable, good.replace("western blot", "PCR"))).toMatchObject({ ...wrong, failure: "purpose" });
    expect(scoreAnswer(checkable, answerWith("wrong_arithmetic"))).toMatchObject(wrong);
  });

  test("is wrong when right and unsafe", () => {
    expect(scoreAnswer(checkable, answerWith("unsafe_instruction"))).toMatchObject({
      isCorrect: false,
      failure: "safety_flag",
    });
  });

  test("is wrong without an answer", () => {
    expect(scoreAnswer(checkable, null)).toMatchObject({ isCorrect: false, failure: "no_answer" });
    expect(scoreAnswer(checkable, "  \n")).toMatchObject({ isCorrect: false, failure: "no_answer" });
  });

  test("has to parse where JSON was asked for", () => {
    expect(scoreAnswer(checkableJson, answerWith(null, checkableJson))).toMatchObject({ isCorrect: true });
    expect(scoreAnswer(checkableJson, answerWith("broken_json", checkableJson))).toMatchObject({
      failure: "invalid_json",
    });
    expect(scoreAnswer(checkableJson, good)).toMatchObject({ isCorrect: false, failure: "invalid_json" });
  });
});

describe("a request that the verifier does not know", () => {
  const open = { prompt: "What is the capital of France?", expects_json: false };

  test("is compared with its reference, but for case and white space", () => {
    expect(scoreAnswer({ ...open, reference: "Paris" }, "  paris\n")).toMatchObject({ isCorrect: true });
    expect(scoreAnswer({ ...open, reference: "Paris" }, "Paris, of course")).toMatchObject({
      isCorrect: false,
      failure: "mismatch",
    });
  });

  test("is compared by value where both are JSON", () => {
    const asked = { ...open, expects_json: true, reference: '{"a": 1, "b": [2]}' };
    expect(scoreAnswer(asked, '{"b":[2],"a":1}')).toMatchObject({ isCorrect: true });
    expect(scoreAnswer(asked, '{"b":[3],"a":1}')).toMatchObject({ isCorrect: false, failure: "mismatch" });
  });

  test("is a mismatch where JSON is nested too deeply to be compared", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(scoreAnswer({ ...open, reference: '{"a": 1}' }, deep)).toMatchObject({ failure: "mismatch" });
    expect(scoreAnswer({ ...open, reference: `${deep} ` }, deep.replace("[]", "[1]"))).toMatchObject({
      failure: "mismatch",
    });
  });

  test("is not measured without a reference, answered or not", () => {
    expect(scoreAnswer({ ...open, reference: null }, "Paris")).toMatchObject({ isCorrect: null, failure: null });
    expect(scoreAnswer({ ...open, reference: null }, null)).toMatchObject({ isCorrect: null });
  });
});
