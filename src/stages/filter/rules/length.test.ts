import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTokenGauge } from "../../../models/index.ts";
import { asOriginalCounts } from "../original-tokens.ts";
import { charactersRule } from "./characters.ts";
import { outcome } from "./fixtures/candidate.ts";
import { tokensRule } from "./tokens.ts";

describe("characters", () => {
  const rule = charactersRule({ minimum: 5, maximum: null, collapse: false });
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

  it("has a maximum too, which it measures only where the length could be above", () => {
    const limited = charactersRule({ minimum: 0, maximum: 3, collapse: false });
    expect(outcome(limited, " abc ").keep).toBe(true);
    expect(outcome(limited, "😀😀😀").keep).toBe(true);
    expect(outcome(limited, "abcd")).toEqual({
      keep: false,
      reason: "too_many_characters",
      detail: { characters: 4, maximum: 3 },
    });
  });

  it("can count each stretch of white space as one, as Python sees white space", () => {
    const collapsing = charactersRule({ minimum: 5, maximum: 5, collapse: true });
    expect(outcome(collapsing, " ab \n\t\u3000\x1c cd ").keep).toBe(true);
    expect(outcome(collapsing, "ab    c")).toMatchObject({ reason: "too_few_characters", detail: { characters: 4 } });
    // No white space to Python, though JavaScript takes it for some.
    expect(outcome(collapsing, "\ufeffab c").keep).toBe(true);
    expect(outcome(collapsing, "ab   cdef")).toMatchObject({
      reason: "too_many_characters",
      detail: { characters: 7 },
    });
  });
});

describe("tokens", () => {
  it("says how many tokens there are", async () => {
    const rule = tokensRule({ minimum: 4, maximum: null, gauge: await loadTokenGauge("o200k_base"), collapse: false });
    expect(outcome(rule, "  one two three  ")).toEqual({
      keep: false,
      reason: "too_few_tokens",
      detail: { tokens: 3, minimum: 4, tokenizer: "o200k_base" },
    });
    expect(outcome(rule, "one two three four").keep).toBe(true);
  });

  it("has a maximum too", async () => {
    const gauge = await loadTokenGauge("cl100k_base");
    const rule = tokensRule({ minimum: 0, maximum: 3, gauge, collapse: false });
    expect(outcome(rule, "one two three").keep).toBe(true);
    expect(outcome(rule, "one two three four")).toEqual({
      keep: false,
      reason: "too_many_tokens",
      detail: { tokens: 4, maximum: 3, tokenizer: "cl100k_base" },
    });
  });

  it("counts with white space collapsed where that is asked for", async () => {
    const gauge = await loadTokenGauge("o200k_base");
    const text = "one \n \t \n two";
    const detail = (collapse: boolean) => outcome(tokensRule({ minimum: 99, maximum: null, gauge, collapse }), text);
    expect(detail(true)).toMatchObject({ detail: { tokens: 2 } });
    expect(detail(false)).toMatchObject({ detail: { tokens: gauge.count(text) } });
    expect(gauge.count(text)).toBeGreaterThan(2);
  });

  it("can take a quarter of the characters for tokens", async () => {
    const gauge = await loadTokenGauge("characters_over_4");
    expect(["", "a", "abcd", "abcde", "😀😀😀😀"].map((text) => gauge.count(text))).toEqual([0, 1, 1, 2, 1]);
    for (const [text, minimum] of [
      ["abcde", 2],
      ["abcd", 2],
      ["", 0],
      ["😀".repeat(9), 3],
    ] as const) {
      expect(gauge.hasAtLeast(text, minimum)).toBe(gauge.count(text) >= minimum);
      expect(gauge.hasMoreThan(text, minimum)).toBe(gauge.count(text) > minimum);
    }
    const rule = tokensRule({ minimum: 3, maximum: null, gauge, collapse: true });
    expect(outcome(rule, "a   b   c   d   e").keep).toBe(true);
    expect(outcome(rule, "a   b   c   d")).toMatchObject({ detail: { tokens: 2, tokenizer: "characters_over_4" } });
  });

  it("can count in the student's own tokenizer: that of nexa:tiny, or one in a folder", async () => {
    const answer = "Measure 12 mL of the stock and mix.";
    const tiny = await loadTokenGauge("student", { tokenizer: "nexa:tiny", configPath: "filters.yaml" });
    const { createTinyTokenizer } = await import("../../../student/index.ts");
    const { tokenizer, files } = createTinyTokenizer();
    expect(tiny.count(answer)).toBe(tokenizer.encode(answer).length);
    const dir = mkdtempSync(join(tmpdir(), "nexa-tokenizer-"));
    try {
      writeFileSync(join(dir, "tokenizer.json"), JSON.stringify(files.tokenizerJson));
      writeFileSync(join(dir, "tokenizer_config.json"), JSON.stringify(files.tokenizerConfig));
      const gauge = await loadTokenGauge("student", { tokenizer: dir, configPath: "filters.yaml" });
      const rule = tokensRule({ minimum: 99, maximum: null, gauge, collapse: false });
      const tokens = tiny.count(answer);
      expect(outcome(rule, answer)).toMatchObject({ detail: { tokens, minimum: 99, tokenizer: "student" } });
      expect(gauge.hasAtLeast(answer, tokens) && !gauge.hasMoreThan(answer, tokens)).toBe(true);
      // A long text is counted in windows, which are cut at blanks.
      expect(gauge.count("1 ".repeat(5_000))).toBe(tiny.count("1 ") * 5_000);
      expect(gauge.hasAtLeast("1 ".repeat(5_000), 20_000)).toBe(false);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it("counts as the Python original where a text spells out a special token, which its tokenizer refuses", async () => {
    const gauge = await asOriginalCounts(await loadTokenGauge("cl100k_base"));
    expect(gauge.count("<|endoftext|>")).toBe(4);
    expect(gauge.count("endoftext")).toBe((await loadTokenGauge("cl100k_base")).count("endoftext"));
  });
});
