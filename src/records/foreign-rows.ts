import { open } from "node:fs/promises";
import { z } from "zod";
import { DataError, toSafeLine } from "../core/index.ts";
import { type ReadOptions, readJsonl, unreadable } from "./jsonl-read.ts";
import { iterateParquetObjects } from "./parquet-read.ts";
import { type FilteredRow, type Message, messageSchema } from "./rows.ts";
import { groupOfPrompt } from "./text.ts";

const count = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

/** What a row of a file that we did not write may hold; further keys are left out. */
const foreignRowSchema = z.object({
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
type ForeignRow = z.infer<typeof foreignRowSchema>;

const shapeHint =
  "Each row has `prompt` and `teacher_output`, or `messages` (a list of {role, content}) that ends with the assistant's answer; optional are " +
  "id, sample, system, category, expects_json, reference, group, model and finish_reason.";

/**
 * Rows of a file that no stage of ours wrote, JSONL or Parquet, completed with defaults: the id is `row-<number>` where there is none, the
 * sample counts an id's occurrences, the group is the prompt's normalised text.
 * @throws DataError naming file, row and key for whatever is not of that shape, and for an id and sample that occur twice.
 */
export async function readForeignRows(path: string, options: ReadOptions = {}): Promise<FilteredRow[]> {
  const file = options.projectPath ?? path;
  const rows: FilteredRow[] = [];
  const samples = new Map<string, number>();
  const places = new Map<string, number>();
  for await (const { value, line } of await openForeign(path, options)) {
    const place = { file, row: line };
    const foreign = parseRow(value, place);
    const id = String(foreign.id ?? `row-${line}`);
    const sample = foreign.sample ?? samples.get(id) ?? 0;
    samples.set(id, sample + 1);
    rejectTwice(`${id}#${sample}`, { places, ...place });
    rows.push(completeRow(foreign, { id, sample, ...place }));
  }
  if (rows.length === 0)
    throw new DataError("the file has no rows of that shape", { file, code: "empty_file", hint: shapeHint });
  return rows;
}

async function openForeign(
  path: string,
  options: ReadOptions,
): Promise<AsyncIterable<{ value: unknown; line: number }>> {
  const isParquet =
    path.toLowerCase().endsWith(".parquet") || (await startsWith(path, "PAR1", options.projectPath ?? path));
  if (!isParquet) return readJsonl(path, options);
  return iterateParquetObjects(path, {
    projectPath: options.projectPath,
    columns: Object.keys(foreignRowSchema.shape),
  });
}

async function startsWith(path: string, magic: string, file: string): Promise<boolean> {
  const handle = await open(path, "r").catch((error) => {
    throw unreadable(file, error);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return buffer.toString("latin1", 0, bytesRead) === magic;
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    await handle.close();
  }
}

function parseRow(value: unknown, place: { file: string; row: number }): ForeignRow {
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

function rejectTwice(
  key: string,
  { places, file, row }: { places: Map<string, number>; file: string; row: number },
): void {
  const earlier = places.get(key);
  places.set(key, row);
  if (earlier === undefined) return;
  throw new DataError(`the id and sample \`${toSafeLine(key)}\` are those of row ${earlier} already`, {
    file,
    row,
    code: "duplicate_id",
    hint: "Give each row an id of its own, or leave `sample` out: it is counted then.",
  });
}

function completeRow(
  foreign: ForeignRow,
  context: { id: string; sample: number; file: string; row: number },
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

function readConversation(foreign: ForeignRow, { file, row }: { file: string; row: number }): Conversation {
  const fail = (message: string): never => {
    throw new DataError(message, { file, row, code: "wrong_row", hint: shapeHint });
  };
  let messages: readonly Message[] = foreign.messages ?? [{ role: "user", content: foreign.prompt ?? "" }];
  let answer = foreign.teacher_output;
  const last = messages.at(-1);
  if (answer === undefined && foreign.messages != null) {
    if (last?.role !== "assistant")
      fail("`messages` does not end with an assistant's answer, and there is no `teacher_output`");
    answer = last?.content;
    messages = messages.slice(0, -1);
  }
  if (answer === undefined) fail("there is no `teacher_output`, and no `messages` that end with an answer");
  let system = foreign.system ?? null;
  if (messages[0]?.role === "system") {
    system ??= messages[0].content;
    messages = messages.slice(1);
  }
  const question = messages.at(-1);
  if (question?.role !== "user" || question.content.trim() === "")
    fail("there is no prompt: no user's text before the answer");
  return { messages, system, answer: answer ?? null };
}
