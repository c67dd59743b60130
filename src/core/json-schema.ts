import { readFile } from "node:fs/promises";
import type { ErrorObject, ValidateFunction } from "ajv";
import { ConfigError, errorMessage, systemErrorCode } from "./errors.ts";
import { toSafeLine } from "./format.ts";
import type { Json } from "./hash.ts";

/** What a value does not follow of a schema. */
export interface SchemaFault {
  /** JSON Pointer of the member at fault; "/" for the whole value. */
  readonly path: string;
  /** Such as "must be string". */
  readonly message: string;
}

/** A JSON Schema that values can be held against. */
export interface JsonSchema {
  readonly schema: { readonly [key: string]: Json };
  /** The first fault of a value, or null for one that follows the schema. */
  findFault(value: unknown): SchemaFault | null;
}

interface SchemaFile {
  /** The name that errors use. */
  readonly file: string;
  /** The configuration key that names the file. */
  readonly key: string;
}

const drafts: Readonly<Record<string, "2020-12" | "07">> = {
  "https://json-schema.org/draft/2020-12/schema": "2020-12",
  "http://json-schema.org/draft-07/schema": "07",
  "https://json-schema.org/draft-07/schema": "07",
};

/**
 * Reads a JSON Schema, by its `$schema` of draft 2020-12, which is taken where it names none, or draft 07. Nothing is fetched: a `$ref`
 * stays within the file.
 * @throws ConfigError (exit 2) naming the file, the key that names it, and the place in it, for a schema that is missing or cannot be used.
 */
export async function readJsonSchema(path: string, source: SchemaFile): Promise<JsonSchema> {
  const schema = parseSchema(await readText(path, source), source);
  const validate = await compileSchema(schema, source);
  return {
    schema,
    findFault: (value) => (validate(value) ? null : faultOf(validate.errors?.[0])),
  };
}

async function readText(path: string, { file, key }: SchemaFile): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const isMissing = systemErrorCode(error) === "ENOENT";
    throw new ConfigError(
      isMissing ? "the response schema's file is missing" : `the file cannot be read (${systemErrorCode(error)})`,
      { file, hint: `${key} names it: write the file, or set the key to null.`, cause: error },
    );
  }
}

function parseSchema(text: string, source: SchemaFile): JsonSchema["schema"] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badSchema(`it is not JSON: ${toSafeLine(errorMessage(error), 120)}`, { source, cause: error });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonSchema["schema"];
  throw badSchema("a response schema is a JSON object", { source });
}

async function compileSchema(schema: JsonSchema["schema"], source: SchemaFile): Promise<ValidateFunction> {
  const named = schema.$schema;
  const draft = named === undefined ? "2020-12" : drafts[String(named).replace(/#$/, "")];
  if (draft === undefined)
    throw badSchema(`\`$schema\` is \`${toSafeLine(String(named), 80)}\``, {
      source,
      hint: "Draft 2020-12 and draft 07 are known; leave `$schema` out for the former.",
    });
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const { Ajv } = await import("ajv");
  const { default: formats } = await import("ajv-formats");
  const ajv = new (draft === "07" ? Ajv : Ajv2020)({ allErrors: false, strict: false, allowUnionTypes: true });
  formats.default(ajv);
  if (ajv.validateSchema(schema) !== true) {
    const { path, message } = faultOf(ajv.errors?.[0]);
    throw badSchema(`\`${toSafeLine(path)}\` ${toSafeLine(message)}`, { source });
  }
  try {
    return ajv.compile(schema);
  } catch (error) {
    const ref = (error as { missingRef?: unknown }).missingRef;
    if (typeof ref !== "string") throw badSchema(toSafeLine(errorMessage(error)), { source, cause: error });
    throw badSchema(`\`$ref\` leads to \`${toSafeLine(ref, 120)}\`, which is not in the file`, {
      source,
      hint: "Put what it refers to under `$defs` in the same file: nothing is fetched.",
      cause: error,
    });
  }
}

function faultOf(error: ErrorObject | undefined): SchemaFault {
  const place = error?.instancePath ?? "";
  // The message names a member that is missing, but not one that is too much.
  const extra = error?.params.additionalProperty ?? error?.params.unevaluatedProperty;
  const path = typeof extra === "string" ? `${place}/${escapeMember(extra)}` : place;
  return { path: path === "" ? "/" : path, message: error?.message ?? "does not follow the schema" };
}

/** @see https://www.rfc-editor.org/rfc/rfc6901#section-3 */
function escapeMember(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function badSchema(
  message: string,
  options: { readonly source: SchemaFile; readonly hint?: string; readonly cause?: unknown },
): ConfigError {
  const {
    source,
    cause,
    hint = `${source.key} names it. See https://json-schema.org for what a schema holds.`,
  } = options;
  return new ConfigError(`the response schema cannot be used: ${message}`, { file: source.file, hint, cause });
}
