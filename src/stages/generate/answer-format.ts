import type { Project } from "../../config/index.ts";
import { errorMessage, hashJson, type JsonSchema, readJsonSchema, toSafeLine } from "../../core/index.ts";

/** The JSON Schema that every answer must follow. */
export interface AnswerFormat {
  readonly schema: JsonSchema["schema"];
  readonly sha256: string;
  /** What is wrong with an answer, as `code: what`; null for one that follows the schema. */
  check(text: string): string | null;
}

/**
 * Reads teacher.response_schema_path; null where the configuration names no schema.
 * @throws ConfigError (exit 2) for a schema that is missing or cannot be used.
 */
export async function readAnswerFormat(project: Project): Promise<AnswerFormat | null> {
  const file = project.distill.teacher.response_schema_path;
  if (file === null) return null;
  const format = await readJsonSchema(project.path(file), { file, key: "teacher.response_schema_path" });
  return { schema: format.schema, sha256: hashJson(format.schema), check: (text) => checkAnswer(text, format) };
}

function checkAnswer(text: string, format: JsonSchema): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `invalid_json: ${toSafeLine(errorMessage(error), 160)}`;
  }
  const fault = format.findFault(value);
  return fault === null ? null : `json_schema: ${toSafeLine(`${fault.path} ${fault.message}`, 200)}`;
}
