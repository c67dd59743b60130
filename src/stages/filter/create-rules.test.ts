import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dilutionAnswers } from "../../../bench/support/filter-rows.ts";
import { filtersSchema } from "../../config/filters-schema.ts";
import { createFreeRules, createJudgedRules } from "./create-rules.ts";
import { candidate } from "./rules/fixtures/candidate.ts";

const defaults = filtersSchema.parse({
  basic: {},
  sample_gate: {},
  judge: {},
  duplicates: {},
  decontamination: {},
});

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "nexa-rules-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const context = (jsonSchemaPath: string | null = null) => ({ dir, studentTokenizer: null, jsonSchemaPath });

describe("the free rules", () => {
  it("stand in their order, the cheap ones first", async () => {
    const languages = { ...defaults, basic: { ...defaults.basic, languages: ["en"] } };
    const rules = await createFreeRules(languages, context());
    expect(rules.map(({ reasons }) => reasons[0])).toEqual([
      "empty",
      "truncated",
      "encoding",
      "too_few_characters",
      "too_few_tokens",
      "no_action_verb",
      "citation",
      "refusal",
      "repetition",
      "language",
      "invalid_json",
      "safety_flag",
      "secret",
      "personal_data",
    ]);
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  });

  it("are left out where the configuration switches them off", async () => {
    const off = {
      ...defaults,
      basic: { ...defaults.basic, enabled: false },
      sample_gate: { ...defaults.sample_gate, enabled: false },
    };
    expect((await createFreeRules(off, context())).map(({ name }) => name)).toEqual(["answer"]);
    expect(createJudgedRules(off)).toEqual([]);
    expect(createJudgedRules(defaults)).toHaveLength(2);
  });

  it("are made from what a thread can be given", async () => {
    expect(await createFreeRules(structuredClone(defaults), structuredClone(context()))).toHaveLength(13);
  });

  it("hold JSON against the schema, and name the key that leads to it", async () => {
    writeFileSync(join(dir, "answer.json"), '{"type": "array"}');
    const rules = await createFreeRules(defaults, context("answer.json"));
    const json = rules.find(({ name }) => name === "JSON");
    const found = json?.check(candidate('{"a": 1}', { expects_json: true }));
    expect(found).toMatchObject({ reason: "json_schema", detail: { path: "/" } });
    await expect(createFreeRules(defaults, context("none.json"))).rejects.toMatchObject({
      exitCode: 2,
      hint: expect.stringContaining("teacher.response_schema_path"),
    });
    const own = { ...defaults, sample_gate: { ...defaults.sample_gate, json_schema_path: "none.json" } };
    await expect(createFreeRules(own, context("none.json"))).rejects.toMatchObject({
      hint: expect.stringContaining("sample_gate.json_schema_path"),
    });
  });

  it("cost the bundled data no row that is whole, long enough, to the point and without citations", async () => {
    const rules = await createFreeRules(defaults, context());
    const known = ["too_few_characters", "too_few_tokens", "no_action_verb", "citation", "invalid_json"];
    const others = [];
    for (const row of dilutionAnswers(3_000)) {
      for (const rule of rules) {
        const outcome = await rule.check(candidate(row.teacher_output, { ...row }));
        if (!outcome.keep && !known.includes(outcome.reason)) others.push({ id: row.id, ...outcome });
      }
    }
    expect(others).toEqual([]);
  });
});
