import type { ChatRequest } from "./contract.ts";

interface ResponseFormat {
  readonly type?: string;
  readonly json_schema?: { readonly schema?: JsonSchema };
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly JsonSchema[];
}

export function wantsJson({ response_format }: ChatRequest): boolean {
  const { type } = (response_format ?? {}) as ResponseFormat;
  return type === "json_object" || type === "json_schema";
}

/** A text that follows the request's schema; any object where it gives none. */
export function answerInJson({ response_format }: ChatRequest, prompt: string): string {
  const { json_schema } = response_format as ResponseFormat;
  const answer = `Answer to: ${prompt}`;
  return JSON.stringify(json_schema?.schema === undefined ? { answer } : exampleOf(json_schema.schema, answer));
}

/** The simplest value that a schema of the structured outputs' subset admits. */
function exampleOf(schema: JsonSchema, text: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return exampleOf(schema.anyOf[0] ?? {}, text);
  switch ([schema.type].flat()[0]) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, part]) => [name, exampleOf(part, text)]),
      );
    case "array":
      return Array.from({ length: Math.max(1, schema.minItems ?? 1) }, () => exampleOf(schema.items ?? {}, text));
    case "number":
    case "integer":
      return schema.maximum ?? schema.minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return text;
  }
}
