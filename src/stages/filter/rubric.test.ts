import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../../../test/support/project.ts";
import { filtersSchema } from "../../config/filters-schema.ts";
import { verifierCriteria, verifyAnswer } from "../../models/bench-science/index.ts";

const { judge } = filtersSchema.parse({});
const rubric = await readFile(join(repositoryRoot, judge.rubric_path), "utf8");

describe("the bundled rubric", () => {
  it.each(judge.criteria)("says what the criterion %s means", (criterion) => {
    expect(rubric).toContain(`- \`${criterion}\`: `);
  });

  it("lists the flag that the offline verifier gives, and for every flag when it does not apply", () => {
    const prompt = "Prepare 980 mL of 12 mM glucose from a 60 mM stock for the ELISA.";
    const { flags } = verifyAnswer({ prompt, answer: "Pipette it by mouth." });
    expect(flags).toHaveLength(1);
    for (const flag of flags) expect(rubric).toContain(`- \`${flag}\`: `);
    const entries = rubric.slice(rubric.indexOf("## Safety flags")).split("\n- `").slice(1);
    expect(entries.length).toBeGreaterThanOrEqual(8);
    for (const entry of entries) expect(entry).toMatch(/^[a-z_]+`: .*\bNot:\s/s);
  });
});

it("the offline verifier scores the default criteria", () => {
  expect(judge.criteria).toEqual(verifierCriteria);
});
