import type { z } from "zod";

/** What one level of a schema allows: fixed keys, any key (a record), or none (a scalar or list). */
export type AllowedKeys =
  | { readonly kind: "fixed"; readonly keys: readonly string[] }
  | { readonly kind: "any" }
  | { readonly kind: "none" };

/** The keys allowed at a path of the schema; undefined when the path does not exist in it. */
export function keysAt(schema: z.ZodType, path: readonly string[]): AllowedKeys | undefined {
  let options = [unwrap(schema)];
  for (const key of path) {
    options = options.flatMap((option) => childrenOf(option, key).map(unwrap));
    if (options.length === 0) return undefined;
  }
  const leaves = options.flatMap(alternativesOf);
  if (leaves.some((leaf) => leaf.def.type === "record")) return { kind: "any" };
  const keys = leaves.flatMap((leaf) => (leaf.def.type === "object" ? Object.keys((leaf as z.ZodObject).shape) : []));
  return keys.length > 0 ? { kind: "fixed", keys } : { kind: "none" };
}

/** Every dotted path of the schema's fixed keys, inner and outer. */
export function listPaths(schema: z.ZodType, prefix: readonly string[] = []): string[] {
  return alternativesOf(unwrap(schema)).flatMap((leaf) => {
    if (leaf.def.type !== "object") return [];
    return Object.entries((leaf as z.ZodObject).shape).flatMap(([key, child]) => [
      [...prefix, key].join("."),
      ...listPaths(child as z.ZodType, [...prefix, key]),
    ]);
  });
}

function childrenOf(schema: z.ZodType, key: string): z.ZodType[] {
  return alternativesOf(schema).flatMap((leaf) => {
    if (leaf.def.type === "record") return [(leaf as z.ZodRecord).valueType as z.ZodType];
    if (leaf.def.type !== "object") return [];
    const { shape } = leaf as z.ZodObject;
    return Object.hasOwn(shape, key) ? [shape[key] as z.ZodType] : [];
  });
}

function alternativesOf(schema: z.ZodType): z.ZodType[] {
  if (schema.def.type !== "union") return [schema];
  return (schema as z.ZodUnion).options.map((option) => unwrap(option as z.ZodType)).flatMap(alternativesOf);
}

/** Takes off defaults, nullable and optional. */
function unwrap(schema: z.ZodType): z.ZodType {
  const inner = (schema.def as { innerType?: z.ZodType }).innerType;
  return inner === undefined ? schema : unwrap(inner);
}
