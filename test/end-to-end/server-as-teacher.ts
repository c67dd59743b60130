import type { TestProject } from "../support/project.ts";

/** A server on loopback as the teacher: it costs nothing, and needs neither key nor budget. */
export function serverAt(url: string, more: Record<string, unknown> = {}): string[] {
  const entry = { base_url: url, model: "fake", price: 0, ...more };
  return ["--set", `models.local=${JSON.stringify(entry)}`, "--set", "teacher.model=local"];
}

/** Lines of a prompts file, `{id: "p-0", prompt: "Question 0?"}` and so on. */
export function promptLines(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({ id: `p-${index}`, prompt: `Question ${index}?` }),
  );
}

export const outputsPath = "data/processed/distillation/teacher_outputs/teacher_outputs_v1.parquet";

/** What the outputs' manifest counts. */
export async function teacherRows(project: TestProject): Promise<{ answers: number; failed: number }> {
  return (await project.json<{ counts: { answers: number; failed: number } }>(`${outputsPath}.manifest.json`)).counts;
}
