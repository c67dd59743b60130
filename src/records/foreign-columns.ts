import { DataError, toSafeLine } from "../core/index.ts";
import type { ForeignRow } from "./foreign-row.ts";

const mostNamed = 12;

interface Expected {
  /** In the words of an error. */
  readonly words: string;
  /** Over the SQL type's name. */
  readonly types: RegExp;
}

const textTypes = "VARCHAR|ENUM\\(.*\\)";
const integerTypes = "U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)";
const text: Expected = { words: "text", types: new RegExp(`^(?:${textTypes})$`, "s") };
/** Doubles, too: many writers make them of whole numbers where one is missing. */
const numberTypes = new RegExp(`^(?:${integerTypes}|FLOAT|DOUBLE)$`);
const count: Expected = { words: "a whole number, 0 to 2,147,483,647", types: numberTypes };

const expected: Readonly<Record<keyof ForeignRow, Expected>> = {
  id: { words: "text or a whole number", types: new RegExp(`^(?:${textTypes}|${integerTypes})$`, "s") },
  sample: count,
  prompt: text,
  messages: {
    words: "a list of {role, content}, or its JSON text",
    types: new RegExp(`^(?:${textTypes}|JSON|STRUCT\\(.*\\)\\[\\])$`, "s"),
  },
  system: text,
  teacher_output: text,
  category: text,
  expects_json: { words: "true or false", types: /^BOOLEAN$/ },
  reference: text,
  group: { words: "text that is not empty", types: text.types },
  reasoning: text,
  model: text,
  finish_reason: text,
  prompt_tokens: count,
  completion_tokens: count,
  cost_usd: { words: "a number that is not negative", types: numberTypes },
  error: text,
  judge_score: { words: "a number, 0 to 1", types: numberTypes },
  judge: text,
  judge_scores: text,
  judge_rationale: text,
  safety_flags: { words: "a list of texts", types: /^VARCHAR\[\]$/ },
};

/** The columns that a row may have; others are not read. */
export const foreignColumns: readonly string[] = Object.keys(expected);

/** What a file lacks whose columns are known; null where rows of ours can be made of it. */
export function findMissing(columns: readonly string[], file: string): DataError | null {
  const names = new Set(columns);
  if (names.has("messages") || (names.has("prompt") && names.has("teacher_output"))) return null;
  const missing = ["prompt", "teacher_output"].filter((name) => !names.has(name)).map((name) => `\`${name}\``);
  return new DataError(
    `it has no column ${missing.join(" and none ")}, and no \`messages\` either; ${describeNames(columns, "columns")}`,
    { file, code: "missing_columns", hint: `${shapeHint} Other names do not matter: rename what holds them.` },
  );
}

/** The error for each column whose type cannot be what we read from it, with that type and what is expected. */
export function findWrongTypes(types: ReadonlyMap<string, string>, file: string): ReadonlyMap<string, DataError> {
  const wrong = new Map<string, DataError>();
  for (const [name, { words, types: pattern }] of Object.entries(expected)) {
    const type = types.get(name);
    if (type === undefined || pattern.test(type)) continue;
    const error = new DataError(`its column \`${name}\` is ${toSafeLine(type, 80)}; expected ${words}`, {
      file,
      code: "wrong_columns",
      hint: `Export it again with \`${name}\` as ${words}, or without that column where it may be left out.`,
    });
    wrong.set(name, error);
  }
  return wrong;
}

/** What a value of a row is to be, `path` being the way to it: its key, and further ones within. */
export function describeExpected(path: readonly PropertyKey[]): string {
  const [key, ...rest] = path;
  if (key === "safety_flags" && rest.length > 0) return text.words;
  if (key === "messages" && rest.length > 0) return messageWords[String(rest[1])] ?? "{role, content}";
  return expected[key as keyof ForeignRow]?.words ?? "a JSON object";
}

const messageWords: Readonly<Record<string, string>> = { role: "user, assistant or system", content: "text" };

/** The names that are there, in an error's words. */
export function describeNames(names: readonly string[], what: "columns" | "keys"): string {
  if (names.length === 0) return `it has no ${what}`;
  const named = names.slice(0, mostNamed).map((name) => toSafeLine(name, 40));
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  return `its ${what} are ${named.join(", ")}${more}`;
}

export const shapeHint =
  "Each row has `prompt` and `teacher_output`, or `messages` (a list of {role, content}) that ends with the assistant's answer; optional are " +
  "id, sample, system, category, expects_json, reference, group, model and finish_reason.";
