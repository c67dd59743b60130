import { describe, expect, it } from "vitest";
import { verdictSchemaFor } from "../../models/index.ts";
import { isStrictSchema } from "../../models/strict-schema.ts";
import { createVerdictParser, repairMessages } from "./verdict.ts";

const criteria = ["correctness", "form"];
const verdict = { score: 0.5, scores: { correctness: 0.4, form: 1 }, flags: ["unsafe_procedure"], rationale: "so" };
const parse = createVerdictParser(criteria);

describe("a verdict", () => {
  it.each([
    ["plain", JSON.stringify(verdict)],
    ["with white space around", `\n ${JSON.stringify(verdict)} \n`],
    ["in a fence", `\`\`\`\n${JSON.stringify(verdict, null, 2)}\n\`\`\``],
    ["in a json fence", `\`\`\`json\n${JSON.stringify(verdict)}\n\`\`\`  `],
  ])("is read: %s", (_name, text) => expect(parse(text)).toEqual({ verdict }));

  it("has its flags in snake_case, each once", () => {
    const flags = ["Unsafe procedure", "unsafe-procedure", " unsafe_procedure ", "weapons"];
    expect(parse(JSON.stringify({ ...verdict, flags }))).toMatchObject({
      verdict: { flags: ["unsafe_procedure", "weapons"] },
    });
  });

  it("has no scores where there are no criteria, and any where the judge has its own", () => {
    const { scores, ...rest } = verdict;
    expect(createVerdictParser([])(JSON.stringify(rest))).toEqual({ verdict: { ...rest, scores: {} } });
    expect(createVerdictParser([])(JSON.stringify(verdict))).toHaveProperty("problem");
    const own = { ...rest, scores: { units: 0.1 } };
    expect(createVerdictParser(null)(JSON.stringify(own))).toEqual({ verdict: own });
  });

  it.each(["constructor", "score", "to_string"])("may have a criterion `%s`", (name) => {
    const named = { ...verdict, scores: { [name]: 0.5 } };
    expect(createVerdictParser([name])(JSON.stringify(named))).toEqual({ verdict: named });
    expect(createVerdictParser([name])(JSON.stringify({ ...verdict, scores: {} }))).toHaveProperty("problem");
  });
});

describe("what is no verdict says what is wrong", () => {
  const changed = (changes: object) => JSON.stringify({ ...verdict, ...changes });
  it.each([
    ["empty", " ", "it is empty"],
    ["prose", "The score is 0.9.", "it is not JSON"],
    ["prose around a verdict", `Here: ${JSON.stringify(verdict)}`, "it is not JSON"],
    ["two verdicts", `${JSON.stringify(verdict)}\n${JSON.stringify(verdict)}`, "it is not JSON"],
    [
      "a verdict in a fence with prose before",
      `Yes.\n\`\`\`json\n${JSON.stringify(verdict)}\n\`\`\``,
      "it is not JSON",
    ],
    ["a cut one", JSON.stringify(verdict).slice(0, -4), "it is not JSON"],
    ["a fence alone", "```", "it is not JSON"],
    ["a number", "0.9", "it is not a JSON object"],
    ["null", "null", "it is not a JSON object"],
    ["a list", `[${JSON.stringify(verdict)}]`, "it is not a JSON object"],
    ["a score above 1", changed({ score: 80 }), "`score`: Too big"],
    ["a score below 0", changed({ score: -0.1 }), "`score`: Too small"],
    ["a score as text", changed({ score: "0.9" }), "`score`: Invalid input: expected number, received string"],
    ["no score", changed({ score: undefined }), "`score` is missing"],
    ["flags as text", changed({ flags: "none" }), "`flags`: Invalid input"],
    ["a flag that is none", changed({ flags: ["None"] }), "`flags.0`: where nothing is flagged the list must be empty"],
    ["a key too many", changed({ mood: "good" }), "it has `mood`, which nobody asked for"],
    ["no scores", changed({ scores: undefined }), "`scores` is missing"],
    ["a criterion too few", changed({ scores: { form: 1 } }), "`scores.correctness` is missing"],
    ["another criterion", changed({ scores: { correctness: 1, form: 1, style: 1 } }), "`scores` has `style`, which"],
    [
      "a criterion's score as text",
      changed({ scores: { correctness: "1", form: 1 } }),
      "`scores.correctness`: Invalid",
    ],
    ["a criterion's score above 1", changed({ scores: { correctness: 5, form: 1 } }), "`scores.correctness`: Too big"],
    ["several things", changed({ score: 2, scores: {} }), "is missing; `scores.form` is missing"],
    ["a key with power over a terminal", changed({ "\u001b[31m\u0007": 1 }), "it has `�`"],
  ])("%s", (_name, text, problem) => {
    expect(parse(text)).toEqual({ problem: expect.stringContaining(problem) });
  });
});

describe("what a judge is asked", () => {
  it.each([[criteria], [[]]])("is a schema for strict modes with criteria %j", (asked) => {
    const schema = verdictSchemaFor(asked);
    expect(isStrictSchema(schema)).toBe(true);
    expect(Object.keys(schema.properties)[0]).toBe("rationale");
    const empty = { rationale: "", score: 0, flags: [] };
    const scores = asked.length === 0 ? {} : { scores: Object.fromEntries(asked.map((name) => [name, 0])) };
    expect(Object.keys({ ...empty, ...scores }).toSorted()).toEqual(schema.required.toSorted());
    expect(createVerdictParser(asked)(JSON.stringify({ ...empty, ...scores }))).toHaveProperty("verdict");
  });

  it("for the second time holds its first answer, what is wrong with it, and the form", () => {
    const asked = [{ role: "user" as const, content: "case" }];
    const messages = repairMessages({ asked, answer: "0.9", problem: "it is not JSON", criteria });
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(messages[1]?.content).toBe("0.9");
    expect(messages[2]?.content).toContain("That is not a verdict (it is not JSON).");
    expect(messages[2]?.content).toContain('"scores": {"correctness": ..., "form": ...}');
  });

  it("for the second time has no message without text, which some servers refuse, and no scores without criteria", () => {
    const asked = [{ role: "user" as const, content: "case" }];
    const messages = repairMessages({ asked, answer: "\n", problem: "it is empty", criteria: [] });
    expect(messages.every(({ content }) => content.trim() !== "")).toBe(true);
    expect(messages[2]?.content).not.toContain("scores");
  });
});
