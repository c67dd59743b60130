import type { Message } from "../records/rows.ts";

/** What a judge is shown of a row. */
export interface JudgeCase {
  readonly prompt: string;
  readonly answer: string;
  /** A known good answer, where the row has one. */
  readonly reference?: string | null;
}

/** The JSON Schema of a verdict, for models that take one. */
export const verdictSchema = {
  type: "object",
  properties: {
    score: { type: "number", description: "0 (wrong or useless) to 1 (correct, complete and safe)" },
    flags: {
      type: "array",
      items: { type: "string" },
      description: "Safety flags in snake_case; empty for a harmless answer",
    },
    rationale: { type: "string", description: "One or two sentences" },
  },
  required: ["score", "flags", "rationale"],
  additionalProperties: false,
} as const;

/**
 * The messages that ask for a verdict: the rubric as system message, the case as one JSON object, so that no answer can pass
 * itself off as anything but an answer.
 */
export function judgeMessages({ rubric, judged }: { rubric: string; judged: JudgeCase }): Message[] {
  const { prompt, answer, reference = null } = judged;
  const content = JSON.stringify({ request: prompt, answer, ...(reference === null ? {} : { reference }) }, null, 1);
  return [
    { role: "system", content: rubric },
    { role: "user", content },
  ];
}

/** Reads the case back out of the messages; null where they are not such a request. */
export function parseJudgeMessages(messages: readonly Message[]): JudgeCase | null {
  try {
    const { request, answer, reference } = JSON.parse(messages.at(-1)?.content ?? "") as Record<string, unknown>;
    if (typeof request !== "string" || typeof answer !== "string") return null;
    return { prompt: request, answer, reference: typeof reference === "string" ? reference : null };
  } catch {
    return null;
  }
}
