import { z } from "zod";
import { DataError, toSafeLine } from "../core/index.ts";
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
  safety_flags: z.array(z.string()).nullish(),
});
export type ForeignRow = z.infer<typeof foreignRowSchema>;

export const shapeHint =
  "Each row has `prompt` and `teacher_output`, or `messages` (a list of {role, content}) that ends with the assistant's answer; optional are " +
  "id, sample, system, category, expects_json, reference, group, model and finish_reason.";

/** Where a row stands. */
export interface RowPlace {
  /** As errors name it. */
  readonly file: string;
  /** 1-based. */
  readonly row: number;
}

/** @throws DataError naming file, row and key for a value that is no such row. */
export function parseForeignRow(value: unknown, place: RowPlace): ForeignRow {
  const result = foreignRowSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const key = issue === undefined || issue.path.length === 0 ? "the row" : `\`${issue.path.join(".")}\``;
  throw new DataError(`${key}: ${toSafeLine(issue?.message ?? "not of the expected shape")}`, {
    ...place,
    code: "wrong_row",
    hint: shapeHint,
  });
}

/**
 * The row with defaults where it says nothing, and its conversation taken apart.
 * @throws DataError naming file and row for a conversation without a prompt or an answer, or with two answers or system messages.
 */
export function completeForeignRow(
  foreign: ForeignRow,
  context: RowPlace & { readonly id: string; readonly sample: number },
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
    safety_flags: foreign.safety_flags ?? [],
  };
}

interface Conversation {
  /** Ends with a user message. */
  readonly messages: readonly Message[];
  readonly system: string | null;
  readonly answer: string | null;
}

function readConversation(foreign: ForeignRow, { file, row }: RowPlace): Conversation {
  const fail = (message: string): never => {
    throw new DataError(message, { file, row, code: "wrong_row", hint: shapeHint });
  };
  const turns: readonly Message[] = foreign.messages ?? [{ role: "user", content: foreign.prompt ?? "" }];
  const last = turns.at(-1);
  const isAnswered = last?.role === "assistant";
  const answer = foreign.teacher_output ?? (isAnswered ? last.content : foreign.teacher_output);
  if (answer === undefined)
    fail("there is neither a `teacher_output` nor an assistant's answer at the end of `messages`");
  if (isAnswered && answer !== last.content) fail("`messages` ends with an answer, and `teacher_output` holds another");
  const asked = isAnswered ? turns.slice(0, -1) : turns;
  const own = asked[0]?.role === "system" ? asked[0].content : null;
  const messages = own === null ? asked : asked.slice(1);
  if (messages.some(({ role }) => role === "system")) fail("a system message in `messages` is not the first one");
  if (own !== null && foreign.system != null && own !== foreign.system)
    fail("`messages` begins with a system message, and `system` holds another");
  const question = messages.at(-1);
  if (question?.role !== "user" || question.content.trim() === "")
    fail("there is no prompt: no user's text before the answer");
  return { messages, system: foreign.system ?? own, answer: answer ?? null };
}
