import { z } from "zod";
import { configDocuments, documentNames } from "./documents.ts";

export const referencePagePath = "docs/Pipeline/CONFIGURATION.md";

const introduction = `# Configuration

Made from the schemas by \`npm run schemas\`; do not edit. Four YAML files hold a project's configuration. A typo or a wrong value is an
error that names file, line and column. On the command line \`--set key=value\` overrides a key for one command: the value is YAML, and a
key that is in one file alone needs no prefix (\`--set teacher.temperature=0.2\`); otherwise the file's short name goes before it
(\`--set filters.output=...\`).
`;

interface JsonSchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  readonly additionalProperties?: JsonSchemaNode | boolean;
  readonly anyOf?: readonly JsonSchemaNode[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
}

/** The reference of every key with its default and meaning, as Markdown. */
export function referencePage(): string {
  const sections = documentNames.map((name) => {
    const schema = z.toJSONSchema(configDocuments[name].schema, {
      io: "input",
      unrepresentable: "any",
    }) as JsonSchemaNode;
    const title = `## \`${configDocuments[name].path}\` (short name: \`${name}\`)`;
    return `${title}\n\n| key | default | meaning |\n|---|---|---|\n${listRows(schema, []).join("\n")}\n`;
  });
  return `${introduction}\n${sections.join("\n")}`;
}

function listRows(node: JsonSchemaNode, path: readonly string[]): string[] {
  const options = [node, ...(node.anyOf ?? [])];
  const rows: string[] = [];
  for (const option of options) {
    for (const [key, child] of Object.entries(option.properties ?? {})) rows.push(...listKey(child, [...path, key]));
    if (typeof option.additionalProperties === "object")
      rows.push(...listRows(option.additionalProperties, [...path, "<name>"]));
  }
  return rows;
}

function listKey(node: JsonSchemaNode, path: readonly string[]): string[] {
  const inner = listRows(node, path);
  if (node.description === undefined) return inner;
  return [`| \`${path.join(".")}\` | ${formatDefault(node)} | ${describe(node)} |`, ...inner];
}

function formatDefault({ default: value }: JsonSchemaNode): string {
  return value === undefined ? "" : `\`${JSON.stringify(value)}\``;
}

function describe({ description = "", enum: values }: JsonSchemaNode): string {
  const choices = values === undefined ? "" : ` One of ${values.map((value) => `\`${String(value)}\``).join(", ")}.`;
  return `${description}${choices}`.replaceAll("|", "\\|");
}
