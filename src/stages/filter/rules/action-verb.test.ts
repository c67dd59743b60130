import { describe, expect, it } from "vitest";
import { defaultActionVerbs } from "../../../config/index.ts";
import { actionVerbRule } from "./action-verb.ts";
import { outcome } from "./fixtures/candidate.ts";

describe("no action verb", () => {
  const rule = actionVerbRule({ verbs: [...defaultActionVerbs], inflections: true, position: "anywhere" });
  it.each([
    "Measure it.",
    "It measures well.",
    "It was MEASURED twice.",
    "Measuring takes time.",
    "mixing",
    "mixes",
    "mixed",
    "prepared",
    "preparing",
    "run",
    "ran",
    "running",
    "runs",
    "analyse",
    "analysing",
    "analyzed",
    "synthesised",
    "tested",
    "testing",
    "cultured",
    "pre-mix the buffer",
    "re-running",
    "**Validate**",
    '{"step":"Incubate"}',
    "calibrates",
    "evaluating",
  ])("finds a verb in %j", (answer) => expect(outcome(rule, answer).keep).toBe(true));

  it.each([
    "The solution is stable.",
    "A mixture of measurements.",
    "premixture",
    "rung",
    "contest",
    "12 34",
    "…",
    "prepar",
    "--",
    "runner",
    "testament",
  ])("finds none in %j", (answer) =>
    expect(outcome(rule, answer)).toMatchObject({ keep: false, reason: "no_action_verb" }),
  );

  it.each([
    ["apply", ["applies", "applied", "applying"]],
    ["stir", ["stirred", "stirring", "stirs"]],
    ["dry", ["dries", "dried", "drying"]],
    ["freeze", ["froze", "frozen", "freezing"]],
    ["wash", ["washes", "washed"]],
    ["titrate", ["titrated", "titrating"]],
    ["weigh", ["weighed", "weighs"]],
    ["tie", ["tying", "tied"]],
    ["agree", ["agreed", "agreeing"]],
    ["take", ["took", "taken", "taking"]],
    ["add", ["added", "adding"]],
    ["set", ["setting", "set"]],
  ])("inflects %s", (verb, forms) => {
    const own = actionVerbRule({ verbs: [verb], inflections: true, position: "anywhere" });
    for (const form of forms) expect(outcome(own, form).keep, form).toBe(true);
  });

  it("can ask for the base form alone, as a word is to Python: with digits and underscores", () => {
    const bare = actionVerbRule({ verbs: ["mix", "run"], inflections: false, position: "anywhere" });
    for (const answer of ["Mix it.", "MIX", "re-run", "(run)", "mix\u0301", "run…"])
      expect(outcome(bare, answer).keep, answer).toBe(true);
    for (const answer of ["mixed", "runs", "mix_2", "2run", "_mix_", "rerun", "émix", "mıx"])
      expect(outcome(bare, answer), answer).toMatchObject({ reason: "no_action_verb" });
  });

  it("takes the shorter of two verbs where the longer one does not end", () => {
    const both = actionVerbRule({ verbs: ["re", "re-run"], inflections: false, position: "anywhere" });
    expect(outcome(both, "re-runner").keep).toBe(true);
    expect(outcome(both, "reran").keep).toBe(false);
  });

  it.each([
    ["Mix the buffer. Then wait.", true],
    ["  \n Please mix the buffer, e.g. with a rod. Then wait.", true],
    ["At 0.5 mM you mix it", true],
    ["Wait a while. Then mix.", false],
    ["Wait\nMix", false],
    ["See Fig. 2 and mix. Wait.", true],
    ["待つ。mix", false],
  ])("in the first sentence: %j is %s", (answer, isFound) => {
    const first = actionVerbRule({ verbs: ["mix"], inflections: true, position: "first_sentence" });
    expect(outcome(first, answer).keep).toBe(isFound);
  });

  it.each([
    ["Mix the buffer.", true],
    ["Wait. Mix it.", true],
    ["Wait! (Mix it.)", true],
    ["Steps:\n1. Mix it", true],
    ["Steps:\n - **Mix** it", true],
    ["Steps:\n  a) Mix it", true],
    ["> * [ ] Mix", true],
    ["Step 2: Mix it", true],
    ["## Mixing", true],
    ['{"steps": ["Wait", "Mix it"]}', true],
    ["Then mix it.", false],
    ["It takes 0.5 mix", false],
    ["Use a mix, then wait.", false],
    [`${"word ".repeat(30)}mix`, false],
    ["", false],
  ])("at the start of a sentence, line or list item: %j is %s", (answer, isFound) => {
    const start = actionVerbRule({ verbs: ["mix"], inflections: true, position: "sentence_start" });
    expect(outcome(start, answer).keep).toBe(isFound);
  });
});
