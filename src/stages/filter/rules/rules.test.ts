import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultActionVerbs } from "../../../config/index.ts";
import { loadTokenGauge } from "../../../models/index.ts";
import type { TeacherOutputRow } from "../../../records/index.ts";
import type { Judgement } from "../judgement.ts";
import type { Candidate, Rule } from "../rule.ts";
import { actionVerbRule } from "./action-verb.ts";
import { charactersRule } from "./characters.ts";
import { citationRule } from "./citation.ts";
import { duplicateRule } from "./duplicate.ts";
import { emptyRule } from "./empty.ts";
import { judgeScoreRule } from "./judge-score.ts";
import { safetyFlagRule } from "./safety-flag.ts";
import { tokensRule } from "./tokens.ts";
import { truncatedRule } from "./truncated.ts";
import { validJsonRule } from "./valid-json.ts";

function candidate(
  answer: string | null,
  changes: Partial<TeacherOutputRow> = {},
  judgement: Judgement | null = null,
): Candidate {
  const prompt = changes.prompt ?? "Mix A.";
  const row: TeacherOutputRow = {
    id: "a",
    sample: 0,
    prompt,
    messages: [{ role: "user", content: prompt }],
    system: null,
    category: null,
    expects_json: false,
    reference: null,
    group: "g",
    teacher_output: answer,
    reasoning: null,
    model: "m",
    finish_reason: "stop",
    prompt_tokens: 1,
    completion_tokens: 1,
    cost_usd: 0,
    error: null,
    ...changes,
  };
  return { row, answer: answer ?? "", judgement };
}

function outcome(rule: Rule, answer: string | null, changes: Partial<TeacherOutputRow> = {}) {
  return rule.check(candidate(answer, changes));
}

describe("empty", () => {
  it.each([null, "", " \n\t\u00a0 "])("rejects %j, with the call's error", (answer) => {
    expect(outcome(emptyRule, answer, { error: "timeout", finish_reason: "error" })).toMatchObject({
      keep: false,
      reason: "empty",
      detail: { error: "timeout", finish_reason: "error" },
    });
  });
  it("keeps any character", () => expect(outcome(emptyRule, " . ").keep).toBe(true));
});

describe("truncated", () => {
  it.each(["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"])(
    "rejects an answer that ended by %s",
    (finish_reason) => {
      expect(outcome(truncatedRule, "Mix", { finish_reason })).toMatchObject({ reason: "truncated" });
    },
  );
  it.each(["stop", "unknown", "content-filter"])("keeps one that ended by %s", (finish_reason) => {
    expect(outcome(truncatedRule, "Mix", { finish_reason }).keep).toBe(true);
  });
});

describe("too few characters", () => {
  const rule = charactersRule(5);
  it("counts code points, not UTF-16 units or bytes", () => {
    expect(outcome(rule, "😀😀😀😀😀").keep).toBe(true);
    expect(outcome(rule, "😀😀😀😀")).toMatchObject({ detail: { characters: 4, minimum: 5 } });
    expect(outcome(rule, "ééééé").keep).toBe(true);
  });
  it("does not count white space at the ends, but inside", () => {
    expect(outcome(rule, "\n  abcd  \n")).toMatchObject({
      keep: false,
      reason: "too_few_characters",
      detail: { characters: 4 },
    });
    expect(outcome(rule, "a   b").keep).toBe(true);
  });
});

describe("too few tokens", () => {
  it.each(["o200k_base", "cl100k_base"] as const)("agrees with the whole encoding, %s", async (name) => {
    const gauge = await loadTokenGauge(name);
    const { countTokens } = await import(`gpt-tokenizer/encoding/${name}`);
    const word = fc.oneof(
      fc.lorem({ maxCount: 3 }),
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom("  ", "\n\n", "1234567", "漢字", "<|endoftext|>"),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 0, max: 120 }), (words, minimum) => {
        const text = words.join(" ");
        const tokens = countTokens(text, { disallowedSpecial: new Set() });
        expect(gauge.hasAtLeast(text, minimum)).toBe(tokens >= minimum);
        expect(gauge.count(text)).toBe(tokens);
      }),
      { numRuns: 150 },
    );
  });

  it("says how many tokens there are", async () => {
    const rule = tokensRule({ minimum: 4, gauge: await loadTokenGauge("o200k_base") });
    expect(outcome(rule, "  one two three  ")).toEqual({
      keep: false,
      reason: "too_few_tokens",
      detail: { tokens: 3, minimum: 4, tokenizer: "o200k_base" },
    });
    expect(outcome(rule, "one two three four").keep).toBe(true);
  });

  it("knows the longest token of both vocabularies", async () => {
    const { longestTokenBytes } = await import("../../../models/index.ts");
    for (const name of ["o200k_base", "cl100k_base"]) {
      const { default: ranks } = (await import(`gpt-tokenizer/bpeRanks/${name}`)) as { default: (string | number[])[] };
      let longest = 0;
      ranks.forEach((token) => {
        longest = Math.max(longest, typeof token === "string" ? Buffer.byteLength(token) : token.length);
      });
      expect(longest).toBe(longestTokenBytes);
    }
  });
});

describe("no action verb", () => {
  const rule = actionVerbRule(defaultActionVerbs);
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
    const own = actionVerbRule([verb]);
    for (const form of forms) expect(outcome(own, form).keep, form).toBe(true);
  });
});

describe("citation", () => {
  it.each([
    ["This follows the protocol [1].", "bracketed_number", "[1]"],
    ["See the manual [2, 3] for details.", "bracketed_number", "[2, 3]"],
    ["As known [4–6].", "bracketed_number", "[4–6]"],
    ["Known.\n[12] Smith J.", "bracketed_number", "[12]"],
    ["Elsewhere (Smith et al., 2019).", "et_al", "Smith et al., 2019"],
    ["Smith et al. used it.", "et_al", "Smith et al."],
    ["O'Neil et al (2020) say", "et_al", "O'Neil et al (2020)"],
    ["It works (Smith, 2019).", "author_year", "(Smith, 2019)"],
    ["It works (see Müller & Weiß, 2004; Lee, 2005).", "author_year", "(see Müller & Weiß, 2004;"],
    ["Smith and Jones (2019) say", "author_year", "Smith and Jones (2019)"],
    ["Known (ref).", "reference", "(ref)"],
    ["Known (refs. 3, 4).", "reference", "(refs. 3, 4)"],
    ["Known (Ref 12).", "reference", "(Ref 12)"],
    ["See doi:10.1000/182.", "doi", "doi:10.1000/182."],
    ["See 10.1038/s41586-020-2649-2 there", "doi", "10.1038/s41586-020-2649-2"],
    ["arXiv:2106.09685 says", "arxiv", "arXiv:2106.09685"],
    ["ARXIV: hep-th/9901001", "arxiv", "ARXIV: hep-th/9901001"],
    ["PMID: 12345678", "pubmed", "PMID: 12345678"],
    ["at https://example.org/a?b=c now", "url", "https://example.org/a?b=c"],
    ["at www.example.org now", "url", "www.example.org"],
  ])("finds the one in %j", (answer, kind, text) => {
    expect(outcome(citationRule, answer)).toEqual({
      keep: false,
      reason: "citation",
      detail: { kind, text, offset: answer.indexOf(text) },
    });
  });

  it.each([
    "Take rows[0] and rows[12].",
    "f(x)[1] and m[0][1] and 'abc'[2]",
    "x = [1, 2, 3]",
    '{"steps": [1, 2], "more": [[3], [4]]}',
    "values in the range [1, 10]",
    "a number in [0, 1]",
    "Use `[1]` there, or\n```\nprint [2]\n```\n",
    "Mix 3 mL (about 2019 of them).",
    "It was made in (June, 2019).",
    "(May, 2020)",
    "Table (2019)",
    "et alia, metal alloys, pet alligator",
    "the ratio 10.5/2 is 5.25",
    "the reference (see below)",
    "[abc] [1234] [ ] []",
    "The factor is 60 mM / 12 mM = 5.",
  ])("finds none in %j", (answer) => expect(outcome(citationRule, answer)).toEqual({ keep: true }));

  it("names the first of several", () => {
    expect(outcome(citationRule, "a [1] b https://x.org (ref)")).toMatchObject({ detail: { text: "[1]" } });
  });

  it("looks for a later one where the first place is code", () => {
    expect(outcome(citationRule, "rows[0] as shown [7]")).toMatchObject({ detail: { text: "[7]" } });
  });
});

describe("duplicate", () => {
  const first = candidate("Mix  A and B.", { id: "first" });
  it("names the row that it duplicates, over case and white space", () => {
    const rule = duplicateRule();
    expect(rule.check(first).keep).toBe(true);
    rule.admit?.(first);
    expect(rule.check(candidate("mix a\nand b. ", { id: "second" }))).toEqual({
      keep: false,
      reason: "duplicate",
      detail: { of: "first", sample: 0 },
    });
  });
  it("keeps the same answer to another prompt, and another answer to the same", () => {
    const rule = duplicateRule();
    rule.admit?.(first);
    expect(rule.check(candidate("Mix A and B.", { prompt: "Mix B." })).keep).toBe(true);
    expect(rule.check(candidate("Mix A and C.")).keep).toBe(true);
  });
  it("keeps the first row that other rules let pass", () => {
    const rule = duplicateRule();
    expect(rule.check(first).keep).toBe(true);
    expect(rule.check(first).keep).toBe(true);
  });
});

describe("invalid JSON", () => {
  const wanted = { expects_json: true };
  it.each([
    ['{"a": 1', 7],
    ['{"a": 1,}', 8],
    ['Here is the JSON: {"a": 1}', 0],
    ['```json\n{"a":1}\n```', 0],
  ])("rejects %j with its place", (answer, position) => {
    const found = outcome(validJsonRule("auto"), answer, wanted);
    expect(found).toMatchObject({ keep: false, reason: "invalid_json" });
    expect(found).toHaveProperty("detail.message");
    if (position > 0) expect(found).toHaveProperty("detail.position", position);
  });
  it.each(['{"a": 1}', " [1] \n", '"text"'])("keeps %j", (answer) =>
    expect(outcome(validJsonRule("auto"), answer, wanted).keep).toBe(true),
  );
  it("asks with auto the rows alone that expect JSON, with true all", () => {
    expect(outcome(validJsonRule("auto"), "prose").keep).toBe(true);
    expect(outcome(validJsonRule(true), "prose").keep).toBe(false);
  });
});

describe("the judge's verdict", () => {
  const judged = (score: number, flags: string[] = []): Judgement => ({
    state: "judged",
    judge: "j",
    score,
    flags,
    rationale: "because",
  });
  it("rejects below the threshold and keeps at it", () => {
    const rule = judgeScoreRule(0.8);
    expect(rule.check(candidate("a", {}, judged(0.8))).keep).toBe(true);
    expect(rule.check(candidate("a", {}, judged(0.79)))).toEqual({
      keep: false,
      reason: "low_judge_score",
      detail: { score: 0.79, minimum: 0.8, judge: "j", rationale: "because" },
    });
  });
  it("holds back a row without a verdict, whatever the threshold", () => {
    const failed: Judgement = { state: "failed", detail: { code: "timeout" } };
    expect(judgeScoreRule(0).check(candidate("a", {}, failed))).toEqual({
      keep: false,
      reason: "unjudged",
      detail: { code: "timeout" },
    });
    expect(safetyFlagRule.check(candidate("a", {}, failed)).keep).toBe(true);
  });
  it("rejects a flagged answer, however high its score", () => {
    expect(safetyFlagRule.check(candidate("a", {}, judged(1, ["unsafe_procedure"])))).toMatchObject({
      reason: "safety_flag",
      detail: { flags: ["unsafe_procedure"] },
    });
    expect(safetyFlagRule.check(candidate("a", {}, judged(1))).keep).toBe(true);
  });
});

describe("any text", () => {
  const megabyte = 2 ** 20;
  it.each([
    ["one letter", "a".repeat(megabyte)],
    ["capitals", "A".repeat(megabyte)],
    ["brackets", "[".repeat(megabyte)],
    ["open lists", "[1,".repeat(megabyte / 3)],
    ["code places", "`x [1]".repeat(megabyte / 6)],
    ["spaces", `a${" ".repeat(megabyte)}b`],
    ["newlines", `a${"\n ".repeat(megabyte / 2)}b`],
    ["hyphens", "-".repeat(megabyte)],
    ["half names", "Aaaa and Bbbb (".repeat(megabyte / 15)],
    ["open parentheses", "(Aaaa, ".repeat(megabyte / 7)],
    ["ideographs", "漢".repeat(megabyte)],
    ["NUL", "\0".repeat(megabyte)],
  ])(
    "takes a mebibyte of %s without hanging: a rule of quadratic time would not end",
    { timeout: 15_000 },
    async (_name, text) => {
      const gauge = await loadTokenGauge("o200k_base");
      const rules = [
        emptyRule,
        charactersRule(120),
        tokensRule({ minimum: 80, gauge }),
        // More than the length alone decides, so that the text itself is encoded.
        tokensRule({ minimum: 1_000_000, gauge }),
        actionVerbRule(defaultActionVerbs),
        citationRule,
        duplicateRule(),
        validJsonRule(true),
      ];
      for (const rule of rules) expect(typeof rule.check(candidate(text)).keep).toBe("boolean");
    },
  );
});
