import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filtersSchema } from "../../../config/filters-schema.ts";
import { defaultActionVerbs } from "../../../config/index.ts";
import { readJsonSchema } from "../../../core/index.ts";
import { loadTokenGauge } from "../../../models/index.ts";
import type { Rule } from "../rule.ts";
import { actionVerbRule } from "./action-verb.ts";
import { charactersRule } from "./characters.ts";
import { citationRule } from "./citation.ts";
import { emptyRule } from "./empty.ts";
import { encodingRule } from "./encoding.ts";
import { outcome } from "./fixtures/candidate.ts";
import { languageRule } from "./language.ts";
import { refusalRule } from "./refusal.ts";
import { repetitionRule } from "./repetition.ts";
import { tokensRule } from "./tokens.ts";
import { truncatedRule } from "./truncated.ts";
import { validJsonRule } from "./valid-json.ts";

describe("empty", () => {
  it.each([null, "", " \n\t\u00a0 "])("rejects %j, with the call's error", (answer) => {
    expect(outcome(emptyRule, answer, { error: "timeout", finish_reason: "error" })).toMatchObject({
      keep: false,
      reason: "empty",
      detail: { error: "timeout", finish_reason: "error" },
    });
  });
  it.each([
    ["json_schema: /a must be number", "json_schema"],
    ["invalid_json: Unexpected token", "invalid_json"],
    ["truncated_reasoning: max_tokens ended before the reasoning did", "truncated"],
    ["content_filter: the provider stopped it", "empty"],
    ["json_schematic", "empty"],
  ])("tells of %j why there is no answer", (error, reason) => {
    expect(outcome(emptyRule, null, { error })).toMatchObject({ keep: false, reason, detail: { answer: null, error } });
    expect(emptyRule.reasons).toContain(reason);
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

describe("invalid JSON", () => {
  const wanted = { expects_json: true };
  it.each([
    ['{"a": 1', 7],
    ['{"a": 1,}', 8],
    ['Here is the JSON: {"a": 1}', 0],
    ['```json\n{"a":1}\n```', 0],
  ])("rejects %j with its place", (answer, position) => {
    const found = outcome(validJsonRule({ require: "auto", schema: null }), answer, wanted);
    expect(found).toMatchObject({ keep: false, reason: "invalid_json" });
    expect(found).toHaveProperty("detail.message");
    if (position > 0) expect(found).toHaveProperty("detail.position", position);
  });
  it.each(['{"a": 1}', " [1] \n", '"text"'])("keeps %j", (answer) =>
    expect(outcome(validJsonRule({ require: "auto", schema: null }), answer, wanted).keep).toBe(true),
  );
  it("asks with auto the rows alone that expect JSON, with true all", () => {
    expect(outcome(validJsonRule({ require: "auto", schema: null }), "prose").keep).toBe(true);
    expect(outcome(validJsonRule({ require: true, schema: null }), "prose").keep).toBe(false);
  });

  describe("with a schema", () => {
    let dir: string;
    let rule: Rule;
    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), "nexa-schema-"));
      const path = join(dir, "answer.json");
      const properties = { volume: { type: "number" }, steps: { type: "array", items: { type: "string" } } };
      writeFileSync(
        path,
        JSON.stringify({ type: "object", properties, required: ["volume"], additionalProperties: false }),
      );
      const schema = await readJsonSchema(path, { file: "answer.json", key: "sample_gate.json_schema_path" });
      rule = validJsonRule({ require: "auto", schema });
    });
    afterAll(() => rmSync(dir, { recursive: true }));

    it.each([
      ['{"volume": "2"}', "/volume", "must be number"],
      ['{"volume": 2, "steps": ["a", 1]}', "/steps/1", "must be string"],
      ["{}", "/", "must have required property 'volume'"],
      ['{"volume": 2, "a/b": 1}', "/a~1b", "must NOT have additional properties"],
      ["3", "/", "must be object"],
    ])("rejects %s with the path of the fault", (answer, path, message) => {
      const detail = { path, message };
      expect(outcome(rule, answer, wanted)).toEqual({ keep: false, reason: "json_schema", detail });
    });
    it("keeps what follows it, and what need not be JSON", () => {
      expect(outcome(rule, '{"volume": 2, "steps": []}', wanted).keep).toBe(true);
      expect(outcome(rule, "prose").keep).toBe(true);
      expect(outcome(rule, "prose", wanted)).toMatchObject({ reason: "invalid_json" });
    });
    it("names the key for a file that is missing", async () => {
      const source = { file: "none.json", key: "sample_gate.json_schema_path" };
      await expect(readJsonSchema(join(dir, "none.json"), source)).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining("none.json"),
        hint: expect.stringContaining("sample_gate.json_schema_path"),
      });
    });
  });
});

describe("any text", () => {
  const basic = filtersSchema.shape.basic.parse({});
  const megabyte = 2 ** 20;
  it.each([
    ["one letter", "a".repeat(megabyte)],
    ["capitals", "A".repeat(megabyte)],
    ["brackets", "[".repeat(megabyte)],
    ["open lists", "[1,".repeat(megabyte / 3)],
    ["code places", "`x [1]".repeat(megabyte / 6)],
    ["spaces", `a${" ".repeat(megabyte)}b`],
    ["newlines", `a${"\n ".repeat(megabyte / 2)}b`],
    ["short lines", "\n a".repeat(megabyte / 3)],
    ["hyphens", "-".repeat(megabyte)],
    ["half names", "Aaaa and Bbbb (".repeat(megabyte / 15)],
    ["open parentheses", "(Aaaa, ".repeat(megabyte / 7)],
    ["ideographs", "漢".repeat(megabyte)],
    ["NUL", "\0".repeat(megabyte)],
    ["mojibake", "Ã©".repeat(megabyte / 2)],
    ["leads of mojibake", "Â".repeat(megabyte)],
    ["words", "word ".repeat(megabyte / 5)],
    ["studies", "a study a 2019 ".repeat(megabyte / 15)],
    ["researchers", "researchers at Aaaa ".repeat(megabyte / 20)],
    ["verbs", "xrun run_".repeat(megabyte / 9)],
    ["full stops", "a. ".repeat(megabyte / 3)],
    ["fences", "```\n".repeat(megabyte / 4)],
    ["bars", "|a".repeat(megabyte / 2)],
    ["dollars", "$a\n".repeat(megabyte / 3)],
  ])(
    "takes a mebibyte of %s without hanging: a rule of quadratic time would not end",
    { timeout: 15_000 },
    async (_name, text) => {
      const gauge = await loadTokenGauge("o200k_base");
      const rules = [
        emptyRule,
        encodingRule,
        charactersRule({ minimum: 120, maximum: 200, collapse: false }),
        charactersRule({ minimum: megabyte, maximum: null, collapse: true }),
        tokensRule({ minimum: 80, maximum: null, gauge, collapse: false }),
        // More than the length alone decides, so that the text itself is encoded.
        tokensRule({ minimum: 1_000_000, maximum: null, gauge, collapse: true }),
        actionVerbRule({ verbs: [...defaultActionVerbs], inflections: true, position: "sentence_start" }),
        actionVerbRule({ verbs: [...defaultActionVerbs], inflections: false, position: "first_sentence" }),
        citationRule(
          Object.fromEntries(
            Object.keys(basic.citation_patterns).map((kind) => [kind, true]),
          ) as typeof basic.citation_patterns,
        ),
        refusalRule(["no such phrase"]),
        repetitionRule(basic.repetition),
        await languageRule(["en"]),
        validJsonRule({ require: true, schema: null }),
      ];
      for (const rule of rules) expect(typeof outcome(rule, text).keep).toBe("boolean");
    },
  );
});
