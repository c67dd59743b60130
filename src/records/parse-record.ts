import type { z } from "zod";
import { DataError, toSafeLine } from "../core/index.ts";

export interface ParseRecordOptions<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** What it is called in errors, and their code, e.g. "manifest". */
  readonly what: string;
  readonly file: string;
  readonly hint: string;
}

/** Parses a JSON file of ours. @throws DataError naming the file and the field when the text is not what it should be. */
export function parseRecord<Schema extends z.ZodType>(
  text: string,
  options: ParseRecordOptions<Schema>,
): z.infer<Schema> {
  const { schema, what, file, hint } = options;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(`the ${what} is not JSON`, { file, code: what, hint, cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? "" : ` \`${toSafeLine(issue.path.join("."))}\``;
  throw new DataError(`the ${what}'s field${field} is wrong: ${issue?.message ?? "unexpected shape"}`, {
    file,
    code: what,
    hint,
    cause: parsed.error,
  });
}
