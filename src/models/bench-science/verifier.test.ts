import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRequest } from "./task.ts";
import { verifyAnswer } from "./verifier.ts";
import { answerParts, formatAnswer } from "./wording.ts";

const prose = "Prepare 980 mL of 12 mM glucose from a 60 mM stock for the western blot.";
const prompts = [prose, `${prose} Answer as JSON.`];

function goodAnswer(prompt: string): string {
  const request = parseRequest(prompt);
  if (request === null) throw new Error(`Not a request: ${prompt}`);
  return formatAnswer(request, answerParts(request));
}

describe.each(prompts)("for %j", (prompt) => {
  const good = goodAnswer(prompt);

  test("the worked answer is correct", () => {
    expect(verifyAnswer({ prompt, answer: good })).toMatchObject({ known: true, correct: true, score: 1, flags: [] });
  });

  test("any one digit changed makes it wrong", () => {
    for (const { index, 0: digit } of good.matchAll(/\d/g)) {
      for (const other of "0123456789") {
        if (other === digit) continue;
        const answer = good.slice(0, index) + other + good.slice(index + 1);
        expect(verifyAnswer({ prompt, answer }), answer).toMatchObject({ correct: false });
      }
    }
  });

  test.each([
    ["glucose", "sucrose"],
    ["western blot", "ELISA"],
    ["196 mL", "196 µL"],
    ["980 mL with", "980 µL with"],
    ["48 / 5 = 9 rest 3, ", ""],
    ["30 / 5 = 6 rest 0", "30 / 5 = 6 rest 0, 00 / 5 = 0 rest 0"],
    ["bring it to 980 mL", "fill it up"],
  ])("%j in the place of %j makes it wrong", (from, to) => {
    expect(good).toContain(from);
    const { correct, score } = verifyAnswer({ prompt, answer: good.replace(from, to) });
    expect(correct).toBe(false);
    expect(score).toBeLessThan(0.8);
  });

  test("takes any text without failing, and believes none of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (answer) => {
        expect(verifyAnswer({ prompt, answer })).toMatchObject({ correct: false });
      }),
    );
    fc.assert(
      fc.property(fc.json(), (answer) => {
        expect(verifyAnswer({ prompt, answer })).toMatchObject({ correct: false });
      }),
    );
  });

  test("parts of the answer and repetitions of it are not the answer", () => {
    for (let length = 0; length < good.length - 1; length += 7) {
      expect(verifyAnswer({ prompt, answer: good.slice(0, length) }).correct).toBe(false);
    }
    expect(verifyAnswer({ prompt, answer: good + good }).correct).toBe(false);
    expect(verifyAnswer({ prompt, answer: `${good} The stock volume is 195 mL.` }).correct).toBe(false);
  });

  test("a huge answer is turned down at once", () => {
    const startedAt = performance.now();
    for (const piece of ["1 / 5 = ", "mL of the ", "stock volume is ", " ", '{"a":', good]) {
      expect(verifyAnswer({ prompt, answer: piece.repeat(100_000) }).correct).toBe(false);
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

test("an answer in prose is wrong where JSON was asked for, and the other way round", () => {
  const [asProse, asJson] = prompts as [string, string];
  expect(verifyAnswer({ prompt: asJson, answer: goodAnswer(asProse) }).correct).toBe(false);
  expect(verifyAnswer({ prompt: asProse, answer: goodAnswer(asJson) }).correct).toBe(false);
});

test("a prompt of another kind is unknown", () => {
  expect(verifyAnswer({ prompt: "Write a poem.", answer: "Roses are red." })).toMatchObject({
    known: false,
    correct: false,
    score: 0,
  });
});
