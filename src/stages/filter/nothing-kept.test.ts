import { describe, expect, it } from "vitest";
import { filtersSchema } from "../../config/filters-schema.ts";
import { type ReasonCode, reasonCodes } from "../../records/index.ts";
import type { GateFigures } from "./gate-figures.ts";
import { nothingKept } from "./nothing-kept.ts";

const filters = filtersSchema.parse({});

function explain(reasons: readonly (readonly [ReasonCode, number])[], unjudged = 0) {
  const figures: GateFigures = {
    input: 1_000,
    kept: 0,
    rejected: 1_000 - unjudged,
    unjudged,
    badRows: 0,
    redacted: 0,
    funnel: [],
    reasons: new Map(reasons),
    sweep: [],
    examples: new Map(),
  };
  return nothingKept(figures, { file: "answers.jsonl", filters });
}

describe("the error for a gate that keeps nothing", () => {
  it("is exit 4, and names the input, the histogram, the rejections and what would let more pass", () => {
    const error = explain([
      ["too_few_tokens", 900],
      ["citation", 150],
    ]);
    expect(error).toMatchObject({ exitCode: 4, code: "nothing_kept", file: "answers.jsonl" });
    expect(error.message).toBe(
      "answers.jsonl: none of the 1,000 answers is kept, all are rejected (too_few_tokens 900, 90.0%; citation 150, 15.0%)",
    );
    expect(error.hint).toContain(filters.rejections);
    expect(error.hint).toContain("basic.min_token_length; set basic.ban_citations=false");
  });

  it("says whether rows were rejected or left unjudged", () => {
    expect(explain([["unjudged", 1_000]], 1_000).message).toContain("all are left unjudged");
    expect(explain([["unjudged", 10]], 10).message).toContain("rejected or left unjudged");
  });

  it("keeps a long histogram short", () => {
    const { message } = explain(reasonCodes.map((reason) => [reason, 5]));
    expect(message).toContain("16 more reasons");
  });

  it("knows a remedy for every reason, among them settings that exist", () => {
    for (const reason of reasonCodes) {
      const { hint = "" } = explain([[reason, 1_000]]);
      const remedy = hint.slice(hint.indexOf("To let more pass: ") + "To let more pass: ".length);
      expect(remedy.length, reason).toBeGreaterThan(12);
      for (const [key] of remedy.matchAll(/\b(?:basic|sample_gate|duplicates|decontamination)(?:\.\w+)+/g)) {
        const value = key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], filters);
        expect(value, `${reason} names ${key}`).toBeDefined();
      }
    }
  });

  it("names a rule of the user's own", () => {
    expect(explain([["rule:no-fluff", 1_000]]).hint).toContain("look at `no-fluff` under `rules`");
  });
});
