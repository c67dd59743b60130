import type { LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider";

/** Keywords that OpenAI's strict mode refuses with a 400. */
const unsupportedKeywords = [
  "allOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "patternProperties",
  "unevaluatedProperties",
  "prefixItems",
  "contains",
  "uniqueItems",
] as const;

/**
 * Whether a JSON Schema may be sent as strict: every object in it is closed and requires all of its properties, and it has no keyword that
 * strict mode refuses. Others are sent as not strict, which the server follows as well as it can; each answer is checked here anyway.
 * @see https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function isStrictSchema(schema: unknown): boolean {
  return isRecord(schema) && schema.type === "object" && schema.anyOf === undefined && isStrictNode(schema);
}

function isStrictNode(node: unknown): boolean {
  if (!isRecord(node)) return false;
  if (unsupportedKeywords.some((keyword) => node[keyword] !== undefined)) return false;
  const types = Array.isArray(node.type) ? node.type : [node.type];
  const isSaid =
    node.type !== undefined || ["$ref", "anyOf", "enum", "const"].some((keyword) => node[keyword] !== undefined);
  if (!isSaid || ((types.includes("object") || node.properties !== undefined) && !isClosedObject(node))) return false;
  if (types.includes("array") && node.items === undefined) return false;
  return childrenOf(node).every(isStrictNode);
}

function isClosedObject({ properties, required, additionalProperties }: Record<string, unknown>): boolean {
  if (additionalProperties !== false || !isRecord(properties)) return false;
  return Object.keys(properties).every((name) => Array.isArray(required) && required.includes(name));
}

function childrenOf(node: Record<string, unknown>): unknown[] {
  const maps = [node.properties, node.$defs, node.definitions].flatMap((map) =>
    isRecord(map) ? Object.values(map) : [],
  );
  return [...maps, ...(Array.isArray(node.anyOf) ? node.anyOf : []), ...(node.items === undefined ? [] : [node.items])];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A model whose structured answers are asked for as strict only where the schema allows it.
 * @param key where its package reads `strictJsonSchema` among the provider options.
 */
export function withFittingStrictness(model: LanguageModelV4, key: string): LanguageModelV4 {
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: (options) => model.doGenerate(fitStrictness(options, key)),
    doStream: (options) => model.doStream(fitStrictness(options, key)),
  };
}

function fitStrictness(options: LanguageModelV4CallOptions, key: string): LanguageModelV4CallOptions {
  const { responseFormat, providerOptions } = options;
  if (responseFormat?.type !== "json" || responseFormat.schema === undefined) return options;
  const given = providerOptions?.[key];
  if (given?.strictJsonSchema !== undefined || isStrictSchema(responseFormat.schema)) return options;
  return { ...options, providerOptions: { ...providerOptions, [key]: { ...given, strictJsonSchema: false } } };
}
