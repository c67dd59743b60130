import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type FiltersConfig, filtersSchema, needsJudge } from "../../config/filters-schema.ts";
import { createFreeRules } from "./create-rules.ts";
import type { Candidate, Rule } from "./rule.ts";

interface Decision {
  readonly id: string;
  readonly length_char_ok: boolean;
  readonly action_verb_ok: boolean;
  readonly no_citations: boolean;
  readonly with_tiktoken: { readonly length_token_ok: boolean; readonly passes_all: boolean };
  readonly without_tiktoken: { readonly length_token_ok: boolean; readonly passes_all: boolean };
}

const fixtures = join(import.meta.dirname, "rules/fixtures");
const readLines = (name: string) => readFileSync(join(fixtures, name), "utf8").trimEnd().split("\n");
/** Rows with what the Python original, run over them once, said of each. */
const answers = readLines("original-corpus.jsonl").map((line) => JSON.parse(line).teacher_output as string);
const decisions = readLines("original-decisions.jsonl").map((line) => JSON.parse(line) as Decision);

const file = join(import.meta.dirname, "../../../nexa_distill/configs/filters.original.yaml");
const shipped = filtersSchema.parse(parse(readFileSync(file, "utf8")));
const withTokens: FiltersConfig = { ...shipped, basic: { ...shipped.basic, tokenizer: "cl100k_base" } };

const context = { dir: fixtures, studentTokenizer: null, jsonSchemaPath: null };

function candidate(answer: string): Candidate {
  const row = {
    prompt: "p",
    request: "p",
    teacher_output: answer,
    finish_reason: "stop",
    completion_tokens: 1,
    error: null,
    expects_json: false,
    isTrainedOn: true,
  };
  return { row, answer, sqlValues: [], wholeRow: null };
}

describe.each([
  ["characters_over_4, as without tiktoken", shipped, "without_tiktoken"],
  ["cl100k_base, as with it", withTokens, "with_tiktoken"],
] as const)("filters.original.yaml with %s", (_name, filters, variant) => {
  let rules: readonly Rule[];
  beforeAll(async () => {
    rules = await createFreeRules(filters, context);
  });

  it("decides about every row of the corpus as the original does, flag by flag", () => {
    const flags = { characters: "length_char_ok", "action verb": "action_verb_ok", citations: "no_citations" } as const;
    const found = answers.map((answer, index) => {
      const keeps = Object.fromEntries(rules.map((rule) => [rule.name, keepsRow(rule, answer)]));
      const { id } = decisions[index] as Decision;
      const others = Object.entries(flags).map(([name, flag]) => [flag, keeps[name]]);
      return {
        id,
        ...Object.fromEntries(others),
        [variant]: { length_token_ok: keeps.tokens, passes_all: Object.values(keeps).every(Boolean) },
      };
    });
    const wanted = decisions.map((decision) => {
      const { id, length_char_ok, action_verb_ok, no_citations } = decision;
      const { length_token_ok, passes_all } = decision[variant];
      return { id, length_char_ok, action_verb_ok, no_citations, [variant]: { length_token_ok, passes_all } };
    });
    expect(found).toEqual(wanted);
  });

  it("runs no rule but the original's, beside the one for rows without an answer, and asks no judge", () => {
    expect(rules.map(({ name }) => name)).toEqual(["answer", "characters", "tokens", "action verb", "citations"]);
    expect(needsJudge(filters)).toBe(false);
    expect(filters.duplicates.enabled || filters.decontamination.enabled || filters.rules.length > 0).toBe(false);
  });
});

it("the corpus holds each of the original's decisions often, on both sides", () => {
  expect(decisions).toHaveLength(answers.length);
  for (const flag of ["length_char_ok", "action_verb_ok", "no_citations"] as const) {
    const passing = decisions.filter((decision) => decision[flag]).length;
    expect(Math.min(passing, decisions.length - passing)).toBeGreaterThan(100);
  }
  for (const variant of ["with_tiktoken", "without_tiktoken"] as const) {
    expect(decisions.filter((decision) => decision[variant].passes_all).length).toBeGreaterThan(20);
    expect(decisions.filter((decision) => decision[variant].length_token_ok).length).toBeGreaterThan(90);
  }
});

function keepsRow(rule: Rule, answer: string): boolean {
  const outcome = rule.check(candidate(answer));
  if (outcome instanceof Promise) throw new Error(`the rule ${rule.name} is to answer at once`);
  return outcome.keep;
}
