import { z } from "zod";
import type { Project } from "../../config/index.ts";
import { DataError } from "../../core/index.ts";
import {
  type Message,
  messageSchema,
  normalizeText,
  readJsonl,
  readParquet,
  splitNames,
  splitOf,
  type TeacherOutputRow,
  teacherOutputSchema,
} from "../../records/index.ts";

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
 * How many of the prompts share their group or their whole text with a packaged row that is trained on. 0 as long as all stages used one
 * split and the same request is always in the same group.
 * @throws DataError with file and line for a row without a split.
 */
export async function countOverlap(project: Project, prompts: readonly TeacherOutputRow[]): Promise<number> {
  const file = project.nexa.packaging.output;
  const groups = new Set<string>();
  const requests = new Set<string>();
  for await (const { value, line } of readJsonl(project.path(file), { projectPath: file })) {
    const parsed = packagedRowSchema.safeParse(value);
    if (!parsed.success) {
      throw new DataError("not a packaged row: it has no `split` and `messages`", {
        file,
        row: line,
        hint: "Run `nexa package`, which writes this file.",
      });
    }
    const { split, messages, metadata } = parsed.data;
    if (split !== "train") continue;
    groups.add(metadata.group);
    requests.add(requestKey(messages.slice(0, -1)));
  }
  return prompts.filter(({ group, messages }) => groups.has(group) || requests.has(requestKey(messages))).length;
}

const packagedRowSchema = z.object({
  split: z.enum(splitNames),
  messages: z.array(messageSchema),
  metadata: z.object({ group: z.string() }),
});

/** Equal for conversations that differ in case and white space alone; the system message is the project's, not the request's. */
function requestKey(messages: readonly Message[]): string {
  const turns = messages.filter(({ role }) => role !== "system");
  return JSON.stringify(turns.map(({ role, content }) => [role, normalizeText(content)]));
}
