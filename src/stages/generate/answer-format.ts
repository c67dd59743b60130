import { readFile } from "node:fs/promises";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { Project } from "../../config/index.ts";
import { ConfigError, errorMessage, hashJson, type Json, systemErrorCode, toSafeLine } from "../../core/index.ts";

/** The JSON Schema that every answer must follow. */
export interface AnswerFormat {
  readonly schema: { readonly [key: string]: Json };
  readonly sha256: string;
  /** What is wrong with an answer, as `code: what`; null for one that follows the schema. */
  check(text: string): string | null;
}

const drafts: Readonly<Record<string, "2020-12" | "07">> = {
  "https://json-schema.org/draft/2020-12/schema": "2020-12",
  "http://json-schema.org/draft-07/schema": "07",
  "https://json-schema.org/draft-07/schema": "07",
};

/**
 * Reads teacher.response_schema_path, by its `$schema` as draft 2020-12, which is taken where it names none, or draft 07; null where the
 * configuration names no schema. Nothing is fetched: a `$ref` stays within the file.
 * @throws ConfigError (exit 2) naming the file, and the key in it where there is one, for a schema that is missing or cannot be used.
 */
export async function readAnswerFormat(project: Project): Promise<AnswerFormat | null> {
  const file = project.distill.teacher.response_schema_path;
  if (file === null) return null;
  const schema = parseSchema(await readText(project.path(file), file), file);
  const validate = await compileSchema(schema, file);
  return { schema, sha256: hashJson(schema), check: (text) => checkAnswer(text, validate) };
}

async function readText(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const isMissing = systemErrorCode(error) === "ENOENT";
    throw new ConfigError(
      isMissing ? "the response schema's file is missing" : `the file cannot be read (${systemErrorCode(error)})`,
      {
        file,
        hint: "teacher.response_schema_path names it: write the file, or set the key to null for plain text.",
        cause: error,
      },
    );
  }
}

function parseSchema(text: string, file: string): AnswerFormat["schema"] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badSchema(`it is not JSON: ${toSafeLine(errorMessage(error), 120)}`, { file, cause: error });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as AnswerFormat["schema"];
  throw badSchema("a response schema is a JSON object", { file });
}

async function compileSchema(schema: AnswerFormat["schema"], file: string): Promise<ValidateFunction> {
  const named = schema.$schema;
  const draft = named === undefined ? "2020-12" : drafts[String(named).replace(/#$/, "")];
  if (draft === undefined)
    throw badSchema(`\`$schema\` is \`${toSafeLine(String(named), 80)}\``, {
      file,
      hint: "Draft 2020-12 and draft 07 are known; leave `$schema` out for the former.",
    });
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const { Ajv } = await import("ajv");
  const { default: formats } = await import("ajv-formats");
  const ajv = new (draft === "07" ? Ajv : Ajv2020)({ allErrors: false, strict: false, allowUnionTypes: true });
  formats.default(ajv);
  if (ajv.validateSchema(schema) !== true) {
    const [error] = ajv.errors ?? [];
    throw badSchema(`\`${pointerOf(error)}\` ${toSafeLine(error?.message ?? "is wrong")}`, { file });
  }
  try {
    return ajv.compile(schema);
  } catch (error) {
    const ref = (error as { missingRef?: unknown }).missingRef;
    if (typeof ref === "string")
      throw badSchema(`\`$ref\` leads to \`${toSafeLine(ref, 120)}\`, which is not in the file`, {
        file,
        hint: "Put what it refers to under `$defs` in the same file: nothing is fetched.",
        cause: error,
      });
    throw badSchema(toSafeLine(errorMessage(error)), { file, cause: error });
  }
}

function checkAnswer(text: string, validate: ValidateFunction): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `invalid_json: ${toSafeLine(errorMessage(error), 160)}`;
  }
  if (validate(value)) return null;
  const [error] = validate.errors ?? [];
  return `json_schema: ${toSafeLine(`${pointerOf(error)} ${error?.message ?? "does not follow the schema"}`, 200)}`;
}

/** A place in a JSON text, with the member that is too much or missing; the whole of it is "/". */
function pointerOf(error: ErrorObject | undefined): string {
  return error === undefined || error.instancePath === "" ? "/" : error.instancePath;
}

function badSchema(message: string, options: { file: string; hint?: string; cause?: unknown }): ConfigError {
  const { file, hint = "See https://json-schema.org for what a schema holds.", cause } = options;
  return new ConfigError(`the response schema cannot be used: ${message}`, { file, hint, cause });
}
