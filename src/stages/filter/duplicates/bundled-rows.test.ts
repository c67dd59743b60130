import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { teacherAnswer } from "../../../models/bench-science/index.ts";
import { findAmong } from "./fixtures.ts";

const path = resolve(import.meta.dirname, "../../../../data/prompts/bench_science.jsonl");
const prompts = readFileSync(path, "utf8")
  .trimEnd()
  .split("\n")
  .map((line): string => JSON.parse(line).prompt);

describe("the bundled prompts, which are a template's", () => {
  it("have no answer that repeats another prompt's, by whatever sample", async () => {
    const rows = [0, 1].flatMap((sample) =>
      prompts
        .slice(0, 3_000)
        .map((request) => ({ request, answer: teacherAnswer({ prompt: request, sample })?.text ?? "" })),
    );
    const { original, isExact } = await findAmong(rows);
    let repeated = 0;
    for (const [row, of] of original.entries()) {
      if (of === -1) continue;
      repeated += isExact[row] ?? 0;
      expect(rows[of]?.request).toBe(rows[row]?.request);
    }
    expect(repeated).toBeGreaterThan(2_000);
  });
});
