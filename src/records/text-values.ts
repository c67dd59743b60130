import { DataError } from "../core/index.ts";
import type { TableRow } from "./table-row.ts";

/** Columns that are no text, by what a table of texts alone writes for their values. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  sample: readNumber,
  prompt_tokens: readNumber,
  completion_tokens: readNumber,
  cost_usd: readNumber,
  judge_score: readNumber,
  expects_json: readBoolean,
  safety_flags: readList,
};

/** The rows of a CSV or TSV file with numbers, booleans and lists in place of their texts; what does not read as one stays, to be refused. */
export async function* readTextValues(rows: AsyncIterable<TableRow | DataError>): AsyncGenerator<TableRow | DataError> {
  for await (const row of rows) {
    if (!(row instanceof DataError)) readMembers(row.value as Record<string, unknown>);
    yield row;
  }
}

function readMembers(members: Record<string, unknown>): void {
  for (const [name, read] of Object.entries(readers)) {
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    if (typeof value === "string") members[name] = read(value.trim());
  }
}

function readNumber(text: string): unknown {
  return /^-?\d{1,20}(?:\.\d{1,20})?(?:e-?\d{1,3})?$/i.test(text) ? Number(text) : text;
}

function readBoolean(text: string): unknown {
  const word = text.toLowerCase();
  if (word === "true" || word === "1") return true;
  return word === "false" || word === "0" ? false : text;
}

function readList(text: string): unknown {
  if (text === "") return [];
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
