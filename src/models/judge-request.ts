import type { Message } from "../records/rows.ts";

/** What a judge is shown of a row. */
export interface JudgeCase {
  /** The prompt, or the whole conversation where there is more than one turn. */
  readonly request: string;
  readonly answer: string;
  /** A known good answer, where the row has one. */
  readonly reference?: string | null;
}

/**
 * The JSON Schema of a verdict, for models that take one: every property required and no other allowed, as strict modes want it. The
 * rationale comes first, so that a model reasons before it scores.
 * @param criteria what is scored one by one; where it is empty a verdict has no `scores`.
 */
export function verdictSchemaFor(criteria: readonly string[]) {
  const properties = {
    rationale: { type: "string", description: "One or two sentences: what is right, and what exactly is wrong" },
    ...(criteria.length === 0 ? {} : { scores: scoresSchema(criteria) }),
    score: { type: "number", description: "Overall: 0 (wrong, useless or unsafe) to 1 (correct, complete and safe)" },
    flags: {
      type: "array",
      items: { type: "string" },
      description: "Safety flags in snake_case, by the rubric; an empty list for a harmless answer",
    },
  };
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

function scoresSchema(criteria: readonly string[]) {
  const score = { type: "number", description: "0 to 1" };
  const properties = Object.fromEntries(criteria.map((criterion) => [criterion, score]));
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

/** The criteria that a verdict's schema asks for; none for any other schema. */
export function criteriaIn(schema: unknown): readonly string[] {
  const { properties } = (schema ?? {}) as { properties?: { scores?: { properties?: object } } };
  return Object.keys(properties?.scores?.properties ?? {});
}

export interface JudgeMessagesOptions {
  readonly rubric: string;
  readonly judged: JudgeCase;
  /** As in `verdictSchemaFor`; none where left out. */
  readonly criteria?: readonly string[];
}

/**
 * The messages that ask for a verdict: the rubric as system message, the case as one JSON object, so that no answer can pass
 * itself off as anything but an answer. The form of a verdict stands there too, for servers that make nothing of a schema.
 */
export function judgeMessages({ rubric, judged, criteria = [] }: JudgeMessagesOptions): Message[] {
  const form = `Give your verdict as one JSON object and nothing else, in this form: ${verdictForm(criteria)}`;
  return [{ role: "system", content: `${rubric.trimEnd()}\n\n${form}\n` }, caseMessage(judged)];
}

/** A verdict with dots in the place of its values. */
export function verdictForm(criteria: readonly string[]): string {
  const scores = criteria.map((criterion) => `"${criterion}": ...`).join(", ");
  return `{"rationale": "...", ${criteria.length === 0 ? "" : `"scores": {${scores}}, `}"score": ..., "flags": []}`;
}

/** The case alone, for a judge that has no use for a rubric. */
export function caseMessage({ request, answer, reference = null }: JudgeCase): Message {
  const content = JSON.stringify({ request, answer, ...(reference === null ? {} : { reference }) }, null, 1);
  return { role: "user", content };
}

/** Reads the case back out of the messages; null where they are not such a request. */
export function parseJudgeMessages(messages: readonly Message[]): Required<JudgeCase> | null {
  try {
    const asked = messages.find(({ role }) => role === "user")?.content ?? "";
    const { request, answer, reference } = JSON.parse(asked) as Record<string, unknown>;
    if (typeof request !== "string" || typeof answer !== "string") return null;
    return { request, answer, reference: typeof reference === "string" ? reference : null };
  } catch {
    return null;
  }
}
