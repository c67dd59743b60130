import { z } from "zod";
import { configDocuments, type DocumentName } from "./documents.ts";

/** The JSON Schema of one document, for editors: `# yaml-language-server: $schema=...` in the YAML file names it. */
export function jsonSchemaOf(name: DocumentName): string {
  const schema = z.toJSONSchema(configDocuments[name].schema, { io: "input", unrepresentable: "any" });
  return `${JSON.stringify({ ...schema, title: configDocuments[name].path }, null, 2)}\n`;
}

/** Where it lies in the package, relative to its root. */
export function jsonSchemaPath(name: DocumentName): string {
  return `schemas/${name}.schema.json`;
}
