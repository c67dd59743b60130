import { describe, expect, test } from "vitest";
import { type DefectName, defects } from "./defects.ts";
import { formatPrompt, parseRequest } from "./task.ts";
import { teacherAnswer } from "./teacher.ts";
import { verifyAnswer } from "./verifier.ts";
import { answerParts, formatAnswer } from "./wording.ts";

const prose = "Prepare 980 mL of 12 mM glucose from a 60 mM stock for the western blot.";
const json = `${prose} Answer as JSON.`;
const rolls = Array.from({ length: 24 }, (_, roll) => roll);
const actionVerb =
  /\b(?:analy[sz]|assess|calibrat|compar|cultur|evaluat|incubat|measur|mix|prepar|runs?\b|running|simulat|synthesi|test|validat)/i;

function writeAll(name: DefectName, prompt: string): string[] {
  const request = parseRequest(prompt);
  const defect = defects.find((candidate) => candidate.name === name);
  if (request === null || defect === undefined) throw new Error(`No ${name} for ${prompt}`);
  return rolls.map((roll) => defect.write({ request, parts: answerParts(request), roll }));
}

describe.each([prose, json])("in answers to %j", (prompt) => {
  test("wrong arithmetic fails the verifier and nothing else", () => {
    for (const text of writeAll("wrong_arithmetic", prompt)) {
      const { correct, score, flags } = verifyAnswer({ prompt, answer: text });
      expect([correct, flags]).toEqual([false, []]);
      expect(score).toBeLessThan(0.8);
      expect(text).toMatch(actionVerb);
      if (prompt === json) expect(() => JSON.parse(text)).not.toThrow();
    }
  });

  test("a short answer is below the gate's 120 characters, and says what to do", () => {
    for (const text of writeAll("too_short", prompt)) {
      expect(text.length).toBeLessThan(120);
      expect(text).toMatch(actionVerb);
    }
  });

  test("an answer without action has no verb of the list and is right otherwise", () => {
    for (const text of writeAll("no_action_verb", prompt)) {
      expect(text).not.toMatch(actionVerb);
      expect(text.length).toBeGreaterThan(200);
      expect(verifyAnswer({ prompt, answer: text }).score).toBe(1);
    }
  });

  test("a citation is a bracketed number or an author with a year, in an answer that is right otherwise", () => {
    for (const text of writeAll("citation", prompt)) {
      expect(text).toMatch(/\[\d+(?:, \d+)*\]|\([A-Z][a-z]+ et al\., \d{4}\)/);
      expect(verifyAnswer({ prompt, answer: text }).score).toBe(1);
    }
  });

  test("an unsafe instruction is flagged", () => {
    for (const text of writeAll("unsafe_instruction", prompt)) {
      const { flags, score } = verifyAnswer({ prompt, answer: text });
      expect(flags).toEqual(["unsafe_procedure"]);
      expect(score).toBeLessThan(0.8);
    }
  });
});

test("broken JSON does not parse and is only made where JSON was asked for", () => {
  for (const text of writeAll("broken_json", json)) expect(() => JSON.parse(text)).toThrow(SyntaxError);
  expect(defects.filter(({ needsJson }) => needsJson).map(({ name }) => name)).toEqual(["broken_json"]);
});

test("the teacher gives the same answer to the same prompt and sample, and null to a prompt it does not know", () => {
  const prompts = Array.from({ length: 200 }, (_, index) => prose.replace("980", String(1000 + 10 * index)));
  const ask = (sample: number) => prompts.map((prompt) => teacherAnswer({ prompt, sample }));
  expect(ask(0)).toEqual(ask(0));
  expect(ask(0)).not.toEqual(ask(1));
  expect(teacherAnswer({ prompt: "Why is the sky blue?", sample: 0 })).toBeNull();
});

test("an answer without defect is the wording of its parts", () => {
  const request = parseRequest(prose);
  if (request === null) throw new Error("not a request");
  expect(formatPrompt(request)).toBe(prose);
  expect(formatAnswer(request, answerParts(request))).toBe(
    "The dilution factor is 60 mM / 12 mM = 5. Divide 980 by 5: 09 / 5 = 1 rest 4, 48 / 5 = 9 rest 3, 30 / 5 = 6 rest 0. " +
      "The stock volume is 196 mL. Measure 196 mL of the glucose stock, bring it to 980 mL with buffer, mix gently, label the bottle " +
      "with the solute, the concentration and the date, and use it for the western blot.",
  );
});
