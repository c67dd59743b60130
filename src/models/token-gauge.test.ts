import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadTokenGauge, longestTokenBytes } from "./token-gauge.ts";

describe("a token gauge", () => {
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
        // U+FEFF and U+0085 are white space to one of the two and not to the other.
        const text = words.join(" ").replace(/[\ufeff\u0085]/g, "");
        const tokens = countTokens(text, { disallowedSpecial: new Set() });
        expect(gauge.hasAtLeast(text, minimum)).toBe(tokens >= minimum);
        expect(gauge.hasMoreThan(text, minimum)).toBe(tokens > minimum);
        expect(gauge.count(text)).toBe(tokens);
        expect(gauge.fewest(text, 1000)).toBeLessThanOrEqual(tokens);
        expect(gauge.most(text)).toBeGreaterThanOrEqual(tokens);
      }),
      { numRuns: 150 },
    );
  });

  it("knows the longest token of both vocabularies", async () => {
    for (const name of ["o200k_base", "cl100k_base"]) {
      const { default: ranks } = (await import(`gpt-tokenizer/bpeRanks/${name}`)) as { default: (string | number[])[] };
      let longest = 0;
      ranks.forEach((token) => {
        longest = Math.max(longest, typeof token === "string" ? Buffer.byteLength(token) : token.length);
      });
      expect(longest).toBe(longestTokenBytes);
    }
  });

  it("names the setting where the student's tokenizer is not at hand, or cannot be read", async () => {
    const expected = {
      exitCode: 2,
      message: expect.stringMatching(/^mine\.yaml: `basic\.tokenizer`/),
      hint: expect.stringContaining("o200k_base"),
    };
    await expect(loadTokenGauge("student", { tokenizer: null, configPath: "mine.yaml" })).rejects.toMatchObject(
      expected,
    );
    await expect(
      loadTokenGauge("student", { tokenizer: join(tmpdir(), "none-here"), configPath: "mine.yaml" }),
    ).rejects.toMatchObject(expected);
  });

  it("splits at what Unicode calls white space, as OpenAI's own tokenizer does", async () => {
    const { count } = await loadTokenGauge("cl100k_base");
    // Counts of tiktoken 0.14.
    expect(["a\u0085b", "a \u0085 b", "\u0085\u0085", "x\n\u0085\ny"].map(count)).toEqual([4, 4, 4, 6]);
  });
});
