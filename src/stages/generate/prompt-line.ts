import { z } from "zod";
import { canonicalJson, DataError, sha256Text, toSafeLine } from "../../core/index.ts";
import type { Message, PromptRow } from "../../records/index.ts";

const id = z.union([z.string().trim().min(1), z.int().transform(String)]);

const textOrNumber = z.union([z.string(), z.number().transform(String)]);

/** One line of a prompts file. */
const promptLineSchema = z.object({
  id: id.nullish(),
  prompt: z.string().optional(),
  messages: z
    .array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() }))
    .min(1)
    .optional(),
  system: z.string().nullish(),
  // A number where the data set has labels for classes.
  category: textOrNumber.nullish(),
  expects_json: z.boolean().nullish(),
  reference: textOrNumber.nullish(),
  group: id.nullish(),
});

type PromptLine = z.infer<typeof promptLineSchema>;
export type PromptKey = keyof PromptLine;

export const promptKeys = Object.keys(promptLineSchema.shape) as readonly PromptKey[];

const lineHint =
  'A line is {"prompt": "..."} or {"messages": [{"role": "user", "content": "..."}]}; optional are id, system, category, expects_json, reference, group.';

/** Where a line stands. */
export interface LinePlace {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** What the file calls a key; the key itself when left out. */
  readonly nameOf?: (key: string) => string;
}

const ownName = (key: string): string => key;

/** A line's prompt. */
export interface PromptOfLine extends Omit<PromptRow, "group"> {
  /** Null where the line names none: it is made from the prompt then, and only where it is used, as that takes its time. */
  readonly group: string | null;
}

/**
 * Checks one line and completes it: without an id it gets one made from its messages.
 * @throws DataError (exit 4) naming file, line, key and the remedy.
 */
export function parsePromptLine(value: unknown, place: LinePlace): PromptOfLine {
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
    group: line.group ?? null,
  };
}

function readLine(value: unknown, place: LinePlace): PromptLine {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badLine("expected an object with a prompt", place);
  }
  const result = promptLineSchema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const [first = "", ...inner] = issue?.path.map(String) ?? [];
  const key = [(place.nameOf ?? ownName)(first), ...inner].join(".");
  throw badLine(`expected \`${key}\` ${describeFault(issue)}`, place);
}

function describeFault(issue: z.core.$ZodIssue | undefined): string {
  const isUnion = issue?.code === "invalid_union";
  if (issue?.code !== "invalid_type" && !isUnion)
    return `to be otherwise: ${toSafeLine(issue?.message ?? "not as expected")}`;
  const got = toSafeLine(JSON.stringify(issue.input) ?? "nothing", 60);
  if (isUnion) return `to be a text or a number, got ${got}`;
  return `to be ${issue.expected === "array" ? "a list" : `a ${issue.expected}`}, got ${got}`;
}

function readMessages(line: PromptLine, place: LinePlace): readonly Message[] {
  const { prompt, system } = line;
  const name = (key: PromptKey): string => `\`${(place.nameOf ?? ownName)(key)}\``;
  if (prompt === undefined && line.messages === undefined)
    throw badLine(`it has neither ${name("prompt")} nor ${name("messages")}`, { ...place, code: "no_prompt" });
  const messages: readonly Message[] = line.messages ?? [{ role: "user", content: prompt ?? "" }];
  const last = messages.at(-1);
  if (last?.role !== "user")
    throw badLine(`${name("messages")} does not end with a user message`, { ...place, hint: answeredHint });
  if (last.content.trim() === "")
    throw badLine(line.messages === undefined ? `${name("prompt")} is empty` : "the last user message is empty", place);
  if (prompt !== undefined && prompt !== last.content)
    throw badLine(`${name("prompt")} and the last of ${name("messages")} differ`, place);
  if (messages.some(({ role }, index) => role === "system" && index > 0))
    throw badLine("a system message is not the first one", place);
  if (system == null) return messages;
  if (messages[0]?.role === "system") throw badLine(`it has both ${name("system")} and a system message`, place);
  return [{ role: "system", content: system }, ...messages];
}

const answeredHint =
  "A prompt ends with what the teacher is to answer: leave the answer out. Conversations with answers can be filtered and packaged as they are: `nexa filter --input FILE`.";

/** The error for a line that cannot be asked. */
export function badLine(message: string, place: LinePlace & { code?: string; hint?: string }): DataError {
  const { file, line, code = "bad_prompt", hint = lineHint } = place;
  return new DataError(message, { file, row: line, code, hint });
}
