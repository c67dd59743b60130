import { z } from "zod";
import { DataError, toSafeLine } from "../core/index.ts";
import { normalizeConversation } from "./conversation.ts";
import { describeExpected, describeNames, shapeHint } from "./foreign-columns.ts";
import { isPlainForeignRow } from "./foreign-shape.ts";
import { type FilteredRow, type Message, messageSchema } from "./rows.ts";
import { groupOfPrompt } from "./text.ts";

const count = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

/** What a row of a file that we did not write may hold; further keys are left out. */
export const foreignRowSchema = z.object({
  id: z.union([z.string().min(1), z.int()]).nullish(),
  sample: count.nullish(),
  prompt: z.string().nullish(),
  messages: z.array(z.object(messageSchema.shape)).min(1).nullish(),
  system: z.string().nullish(),
  teacher_output: z.string().nullish(),
  category: z.string().nullish(),
  expects_json: z.boolean().nullish(),
  reference: z.string().nullish(),
  group: z.string().min(1).nullish(),
  reasoning: z.string().nullish(),
  model: z.string().nullish(),
  finish_reason: z.string().nullish(),
  prompt_tokens: count.nullish(),
  completion_tokens: count.nullish(),
  cost_usd: z.number().min(0).nullish(),
  error: z.string().nullish(),
  judge_score: z.number().min(0).max(1).nullish(),
  judge: z.string().nullish(),
  judge_scores: z.string().nullish(),
  judge_rationale: z.string().nullish(),
  safety_flags: z.array(z.string()).nullish(),
});
export type ForeignRow = z.infer<typeof foreignRowSchema>;

/** Where a row stands. */
export interface RowPlace {
  /** As errors name it. */
  readonly file: string;
  /** 1-based. */
  readonly row: number;
}

/** @throws DataError naming file, row and key for a value that is no such row. */
export function parseForeignRow(value: unknown, place: RowPlace): ForeignRow {
  if (isPlainForeignRow(value)) return value;
  const result = foreignRowSchema.safeParse(withConversation(value));
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path ?? [];
  const name = path.length === 0 ? "the row" : `\`${path.join(".")}\``;
  throw new DataError(`${name} is ${describeValue(value, path)}; expected ${describeExpected(path)}`, {
    ...place,
    code: "wrong_row",
    hint: shapeHint,
  });
}

/** What stands at a place in the row, in an error's words. */
function describeValue(row: unknown, path: readonly PropertyKey[]): string {
  let value = withConversation(row);
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "an object";
  return value === ""
    ? "empty"
    : `\`${toSafeLine(String(value), 40)}\` (${typeof value === "string" ? "text" : typeof value})`;
}

/** The row with its conversation as a list, where it is JSON text or in ShareGPT's form. */
function withConversation(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "messages")) return value;
  return { ...value, messages: normalizeConversation((value as { messages: unknown }).messages) };
}

/**
 * The row with defaults where it says nothing, and its conversation taken apart.
 * @throws DataError naming file and row for a conversation without a prompt or an answer, or with two answers or system messages.
 */
export function completeForeignRow(
  foreign: ForeignRow,
  context: RowPlace & {
    readonly id: string;
    readonly sample: number;
    /** Of the row as it stands in the file. */
    readonly keys: () => readonly string[];
  },
): FilteredRow {
  const { messages, system, answer } = readConversation(foreign, context);
  const prompt = messages.at(-1)?.content ?? "";
  return {
    id: context.id,
    sample: context.sample,
    prompt,
    messages,
    system,
    teacher_output: answer,
    category: foreign.category ?? null,
    expects_json: foreign.expects_json ?? false,
    reference: foreign.reference ?? null,
    group: foreign.group ?? groupOfPrompt(prompt),
    reasoning: foreign.reasoning ?? null,
    model: foreign.model ?? "unknown",
    finish_reason: foreign.finish_reason ?? "unknown",
    prompt_tokens: foreign.prompt_tokens ?? 0,
    completion_tokens: foreign.completion_tokens ?? 0,
    cost_usd: foreign.cost_usd ?? 0,
    error: foreign.error ?? null,
    judge_score: foreign.judge_score ?? null,
    judge: foreign.judge ?? null,
    judge_scores: foreign.judge_scores ?? null,
    judge_rationale: foreign.judge_rationale ?? null,
    safety_flags: foreign.safety_flags ?? [],
  };
}

function describeQuestion({ messages, prompt }: ForeignRow): string {
  if (messages != null) return "no user's text stands before the answer in `messages`";
  if (prompt == null) return `\`prompt\` is ${prompt === null ? "null" : "missing"}`;
  return "`prompt` is empty";
}

interface Conversation {
  /** Ends with a user message. */
  readonly messages: readonly Message[];
  readonly system: string | null;
  readonly answer: string | null;
}

function readConversation(
  foreign: ForeignRow,
  { file, row, keys }: RowPlace & { keys: () => readonly string[] },
): Conversation {
  const fail = (message: string): never => {
    throw new DataError(message, { file, row, code: "wrong_row", hint: shapeHint });
  };
  const turns: readonly Message[] = foreign.messages ?? [{ role: "user", content: foreign.prompt ?? "" }];
  const last = turns.at(-1);
  const isAnswered = last?.role === "assistant";
  const answer = foreign.teacher_output ?? (isAnswered ? last.content : foreign.teacher_output);
  if (answer === undefined)
    fail(
      `there is neither a \`teacher_output\` nor an assistant's answer at the end of \`messages\`; ${describeNames(keys(), "keys")}`,
    );
  if (isAnswered && answer !== last.content) fail("`messages` ends with an answer, and `teacher_output` holds another");
  const asked = isAnswered ? turns.slice(0, -1) : turns;
  const own = asked[0]?.role === "system" ? asked[0].content : null;
  const messages = own === null ? asked : asked.slice(1);
  if (messages.some(({ role }) => role === "system")) fail("a system message in `messages` is not the first one");
  if (own !== null && foreign.system != null && own !== foreign.system)
    fail("`messages` begins with a system message, and `system` holds another");
  const question = messages.at(-1);
  if (question?.role !== "user" || question.content.trim() === "")
    fail(`there is no prompt: ${describeQuestion(foreign)}`);
  return { messages, system: foreign.system ?? own, answer: answer ?? null };
}
