import type { Project } from "../../config/index.ts";
import { DataError } from "../../core/index.ts";
import { readJsonl, readParquet, splitOf, type TeacherOutputRow, teacherOutputSchema } from "../../records/index.ts";

/**
 * The teacher's first answer to each prompt of the test split, whether the gate accepted it or not: one row per prompt id, in the file's order.
 * @throws DataError when no prompt falls into the test split.
 */
export async function readTestPrompts(project: Project): Promise<TeacherOutputRow[]> {
  const file = project.distill.output;
  const rows = await readParquet(project.path(file), teacherOutputSchema, { projectPath: file });
  const { split } = project.nexa.packaging;
  const byId = new Map<string, TeacherOutputRow>();
  for (const row of rows) {
    if (row.sample === 0 && !byId.has(row.id) && splitOf(row.group, split) === "test") byId.set(row.id, row);
  }
  if (byId.size > 0) return [...byId.values()];
  throw new DataError(`none of its ${rows.length} rows is in the test split`, {
    file,
    code: "no_test_prompts",
    hint: `Raise packaging.split.test in nexa.yaml (it is ${split.test}), or generate answers to more prompts.`,
  });
}

/**
 * How many of the prompts share their group with a packaged row that is trained on. 0 as long as all stages used one split.
 * @throws DataError with file and line for a row without a split.
 */
export async function countOverlap(project: Project, prompts: readonly TeacherOutputRow[]): Promise<number> {
  const file = project.nexa.packaging.output;
  const groups = new Set<string>();
  for await (const { value, line } of readJsonl(project.path(file), { projectPath: file })) {
    const row = value as { split?: unknown; metadata?: { group?: unknown } } | null;
    if (typeof row?.split !== "string") {
      throw new DataError("not a packaged row: it has no `split`", {
        file,
        row: line,
        hint: "Run `nexa package`, which writes this file.",
      });
    }
    if (row.split === "train" && typeof row.metadata?.group === "string") groups.add(row.metadata.group);
  }
  return prompts.filter(({ group }) => groups.has(group)).length;
}
