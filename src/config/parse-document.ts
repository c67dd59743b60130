import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { ConfigError, type SourcePosition } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { keysAt } from "./schema-keys.ts";

/** One override of the command line, `path` within the document. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** As it was typed, for messages. */
  readonly source: string;
}

/**
 * Parses YAML against a schema, with the overrides laid over it.
 * @throws ConfigError with file:line:column, what was expected, what was got, and the nearest key for a typo.
 */
export function parseConfig<Schema extends z.ZodObject>(
  text: string,
  options: { readonly file: string; readonly schema: Schema; readonly overrides?: readonly Override[] },
): z.infer<Schema> {
  const { file, schema, overrides = [] } = options;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true, uniqueKeys: true, merge: false });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    const position = lines.linePos(fault.pos[0]);
    throw new ConfigError(`not valid YAML: ${fault.message.split("\n")[0]?.replace(/ at line.*$/, "")}`, {
      file,
      line: position.line,
      column: position.col,
      hint: "Mend the line; a value with `: ` or a leading special character needs quotes.",
    });
  }
  if (document.contents !== null && !isMap(document.contents) && !isEmptyScalar(document.contents)) {
    throw new ConfigError("expected keys and values, got a single value or a list", { file, line: 1, column: 1 });
  }
  const plain: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  for (const override of overrides) setPath(plain as Record<string, unknown>, override);
  const result = schema.safeParse(plain, { reportInput: true });
  if (result.success) return result.data;
  throw explainIssue(result.error.issues[0] as z.core.$ZodIssue, { file, schema, document, lines, overrides });
}

interface IssueContext {
  readonly file: string;
  readonly schema: z.ZodObject;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly overrides: readonly Override[];
}

function explainIssue(issue: z.core.$ZodIssue, context: IssueContext): ConfigError {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const allowed = keysAt(context.schema, path);
    const suggestion = allowed?.kind === "fixed" ? nearest(key, allowed.keys) : undefined;
    const known = allowed?.kind === "fixed" ? `Known keys here: ${allowed.keys.join(", ")}.` : undefined;
    return new ConfigError(`unknown key \`${[...path, key].join(".")}\``, {
      ...positionOf([...path, key], context, true),
      hint: suggestion === undefined ? known : `Did you mean \`${suggestion}\`?`,
    });
  }
  const got = "input" in issue ? issue.input : undefined;
  const name = path.length === 0 ? "the document" : `\`${path.join(".")}\``;
  const expectation = describeExpectation(issue);
  return new ConfigError(`expected ${name} to be ${expectation}, got ${describeValue(got)}`, {
    ...positionOf(path, context, false),
    hint: choiceHint(issue, got),
  });
}

function describeExpectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return article(issue.expected);
    case "too_small":
      return issue.origin === "string" || issue.origin === "array"
        ? `at least ${issue.minimum} long`
        : `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
    case "invalid_value":
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(", ")}`;
    case "invalid_format":
      return issue.format === "url" ? "a web address (http or https)" : issue.message;
    case "invalid_union":
      return [...new Set(issue.errors.flat().map(describeExpectation))].join(", or ");
    default:
      return issue.message;
  }
}

function article(type: string): string {
  const words: Record<string, string> = {
    int: "a whole number",
    boolean: "true or false",
    object: "keys and values",
    array: "a list",
    record: "keys and values",
  };
  return words[type] ?? `a ${type}`;
}

function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  const kind = Array.isArray(value) ? "list" : typeof value;
  return `\`${String(JSON.stringify(value)).slice(0, 80)}\` (${kind})`;
}

function choiceHint(issue: z.core.$ZodIssue, got: unknown): string | undefined {
  if (issue.code !== "invalid_value" || typeof got !== "string") return undefined;
  const suggestion = nearest(got, issue.values.map(String));
  return suggestion === undefined ? undefined : `Did you mean \`${suggestion}\`?`;
}

/** Where the value (or, with `atKey`, its key) stands; for an override, the command line's own words. */
function positionOf(path: readonly string[], context: Omit<IssueContext, "schema">, atKey: boolean): SourcePosition {
  const override = context.overrides.find(
    (candidate) => isPrefix(candidate.path, path) || isPrefix(path, candidate.path),
  );
  if (override !== undefined && !context.document.hasIn(path)) return { file: `--set ${override.source}` };
  if (override !== undefined && isPrefix(override.path, path)) return { file: `--set ${override.source}` };
  for (let length = path.length; length > 0; length--) {
    const node = findNode(context.document, path.slice(0, length), atKey && length === path.length);
    if (node?.range) {
      const { line, col } = context.lines.linePos(node.range[0]);
      return { file: context.file, line, column: col };
    }
  }
  return { file: context.file, line: 1, column: 1 };
}

/** Where a key of a document stands, for messages about its value; the document itself has been checked. */
export function locateKey(
  text: string,
  { file, path, overrides = [] }: { file: string; path: readonly string[]; overrides?: readonly Override[] },
): SourcePosition {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  return positionOf(path, { file, document, lines, overrides }, true);
}

function isPrefix(prefix: readonly string[], path: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((key, index) => key === path[index]);
}

function findNode(document: Document, path: readonly string[], atKey: boolean): Node | undefined {
  if (!atKey) {
    const node = document.getIn(path, true);
    return isNode(node) ? node : undefined;
  }
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isCollection(parent) || !isMap(parent)) return undefined;
  const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === path.at(-1));
  return pair !== undefined && isNode(pair.key) ? pair.key : undefined;
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function setPath(target: Record<string, unknown>, { path, value }: Override): void {
  let level = target;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(level, key) ? level[key] : undefined;
    const child =
      typeof next === "object" && next !== null && !Array.isArray(next) ? (next as Record<string, unknown>) : {};
    Object.defineProperty(level, key, { value: child, enumerable: true, configurable: true, writable: true });
    level = child;
  }
  Object.defineProperty(level, path.at(-1) ?? "", { value, enumerable: true, configurable: true, writable: true });
}
