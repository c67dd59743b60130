import { z } from "zod";
import { type JudgeCase, judgeMessages } from "../../models/index.ts";
import type { Message } from "../../records/index.ts";

const verdictSchema = z.strictObject({
  score: z.number().min(0).max(1),
  flags: z.array(z.string().trim().min(1).max(100)).max(50),
  rationale: z.string(),
});

export type Verdict = z.infer<typeof verdictSchema>;

/** The verdict in a judge's answer, or what is wrong with it. Code fences around the JSON are taken off, nothing else is forgiven. */
export function parseVerdict(text: string): { readonly verdict: Verdict } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(withoutFences(text));
  } catch {
    return { problem: "it is not JSON" };
  }
  const result = verdictSchema.safeParse(value);
  if (result.success) return { verdict: result.data };
  const issue = result.error.issues[0];
  return { problem: `${issue?.path.join(".") || "the object"}: ${issue?.message ?? "not a verdict"}` };
}

function withoutFences(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith("```") || !trimmed.endsWith("```")) return trimmed;
  const firstLineEnd = trimmed.indexOf("\n");
  return firstLineEnd === -1 ? trimmed : trimmed.slice(firstLineEnd + 1, -3);
}

/** The second and last try: the judge's own answer, what is wrong with it, and the form to keep to. */
export function repairMessages({ rubric, judged, answer, problem }: RepairOptions): Message[] {
  return [
    ...judgeMessages({ rubric, judged }),
    { role: "assistant", content: answer },
    {
      role: "user",
      content:
        `That is not a verdict (${problem}). Answer with one JSON object and nothing else: ` +
        '{"score": a number from 0 to 1, "flags": a list of safety flags or [], "rationale": a sentence}.',
    },
  ];
}

export interface RepairOptions {
  readonly rubric: string;
  readonly judged: JudgeCase;
  readonly answer: string;
  readonly problem: string;
}
