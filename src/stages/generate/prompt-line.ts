import { z } from "zod";
import { canonicalJson, DataError, sha256Text, toSafeLine } from "../../core/index.ts";
import { groupOfPrompt, type Message, type PromptRow } from "../../records/index.ts";

const id = z.union([z.string().trim().min(1), z.int().transform(String)]);

/** One line of a prompts file. */
const promptLineSchema = z.object({
  id: id.nullish(),
  prompt: z.string().optional(),
  messages: z
    .array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() }))
    .min(1)
    .optional(),
  system: z.string().nullish(),
  category: z.string().nullish(),
  expects_json: z.boolean().nullish(),
  reference: z.union([z.string(), z.number().transform(String)]).nullish(),
  group: id.nullish(),
});

type PromptLine = z.infer<typeof promptLineSchema>;

export const knownKeys: ReadonlySet<string> = new Set(Object.keys(promptLineSchema.shape));

const lineHint =
  'A line is {"prompt": "..."} or {"messages": [{"role": "user", "content": "..."}]}; optional are id, system, category, expects_json, reference, group.';

/** Where a line stands. */
export interface LinePlace {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/**
 * Checks one line and completes it: without an id it gets one made from its messages, without a group its prompt's normalised text.
 * @throws DataError (exit 4) naming file, line, key and the remedy.
 */
export function parsePromptLine(value: unknown, place: LinePlace): PromptRow {
  const line = readLine(value, place);
  const messages = readMessages(line, place);
  const prompt = messages.at(-1)?.content ?? "";
  return {
    id: line.id ?? sha256Text(canonicalJson(messages)).slice(0, 16),
    messages,
    prompt,
    category: line.category ?? null,
    expects_json: line.expects_json ?? false,
    reference: line.reference ?? null,
    group: line.group ?? groupOfPrompt(prompt),
  };
}

/** Whether the line names its id itself. */
export function hasOwnId(value: unknown): boolean {
  return (value as PromptLine).id != null;
}

function readLine(value: unknown, place: LinePlace): PromptLine {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badLine("expected an object with a prompt", place);
  }
  const result = promptLineSchema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const key = issue?.path.join(".") ?? "";
  throw badLine(`expected \`${key}\` ${describeFault(issue)}`, place);
}

function describeFault(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== "invalid_type") return `to be otherwise: ${toSafeLine(issue?.message ?? "not as expected")}`;
  const got = toSafeLine(JSON.stringify(issue.input) ?? "nothing", 60);
  return `to be ${issue.expected === "array" ? "a list" : `a ${issue.expected}`}, got ${got}`;
}

function readMessages(line: PromptLine, place: LinePlace): readonly Message[] {
  const { prompt, system } = line;
  if (prompt === undefined && line.messages === undefined)
    throw badLine("it has neither `prompt` nor `messages`", place);
  const messages: readonly Message[] = line.messages ?? [{ role: "user", content: prompt ?? "" }];
  const last = messages.at(-1);
  if (last?.role !== "user") throw badLine("`messages` does not end with a user message", place);
  if (last.content.trim() === "")
    throw badLine(line.messages === undefined ? "`prompt` is empty" : "the last user message is empty", place);
  if (prompt !== undefined && prompt !== last.content)
    throw badLine("`prompt` and the last of `messages` differ", place);
  if (messages.some(({ role }, index) => role === "system" && index > 0))
    throw badLine("a system message is not the first one", place);
  if (system == null) return messages;
  if (messages[0]?.role === "system") throw badLine("it has both `system` and a system message", place);
  return [{ role: "system", content: system }, ...messages];
}

function badLine(message: string, { file, line }: LinePlace): DataError {
  return new DataError(message, { file, row: line, code: "bad_prompt", hint: lineHint });
}
