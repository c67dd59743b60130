import { parse } from "yaml";
import { errorMessage, UsageError } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { configDocuments, type DocumentName, documentNames } from "./documents.ts";
import type { Override } from "./parse-document.ts";
import { keysAt, listPaths } from "./schema-keys.ts";

/**
 * Sorts `key=value` words of `--set` to the documents that they belong to. A path that exists in exactly one document needs no prefix;
 * otherwise `distill.`, `filters.`, `train.` or `nexa.` goes before it. The value is read as YAML.
 * @throws UsageError with the candidates when the path is unknown or ambiguous.
 */
export function assignOverrides(words: readonly string[]): Record<DocumentName, Override[]> {
  const assigned: Record<DocumentName, Override[]> = { distill: [], filters: [], train: [], nexa: [] };
  for (const word of words) {
    const { document, override } = assignOverride(word);
    assigned[document].push(override);
  }
  return assigned;
}

function assignOverride(word: string): { document: DocumentName; override: Override } {
  const separator = word.indexOf("=");
  if (separator <= 0) {
    throw new UsageError(`Expected --set key=value, got \`${word}\``, {
      hint: "For example: --set teacher.temperature=0.2",
    });
  }
  const path = word.slice(0, separator).split(".");
  const value = parseValue(word, word.slice(separator + 1));
  const candidates = findCandidates(path);
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined) {
    return { document: only.document, override: { path: only.path, value, source: word } };
  }
  const dotted = path.join(".");
  if (candidates.length > 1) {
    const names = candidates.map(({ document, path: inner }) => `${document}.${inner.join(".")}`);
    throw new UsageError(`--set ${dotted}: the key is in more than one file`, {
      hint: `Say which: ${names.join(" or ")}`,
    });
  }
  throw new UsageError(`--set ${dotted}: no configuration file has this key`, { hint: suggestPath(dotted) });
}

function parseValue(word: string, text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`--set ${word}: the value is not valid YAML: ${errorMessage(error).split("\n")[0]}`);
  }
}

function findCandidates(path: readonly string[]): { document: DocumentName; path: readonly string[] }[] {
  const [first, ...rest] = path;
  const prefixed = documentNames.find((name) => name === first);
  if (prefixed !== undefined && rest.length > 0 && hasPath(prefixed, rest)) return [{ document: prefixed, path: rest }];
  return documentNames.filter((name) => hasPath(name, path)).map((document) => ({ document, path }));
}

function hasPath(document: DocumentName, path: readonly string[]): boolean {
  if (path.includes("__proto__")) return false;
  const parent = keysAt(configDocuments[document].schema, path.slice(0, -1));
  if (parent === undefined || parent.kind === "none") return false;
  return parent.kind === "any" || parent.keys.includes(path.at(-1) ?? "");
}

function suggestPath(dotted: string): string {
  const paths = documentNames.flatMap((name) =>
    listPaths(configDocuments[name].schema).map((path) => ({ name, path })),
  );
  const last = dotted.split(".").at(-1) ?? dotted;
  const sameKey = paths
    .filter(({ path }) => path.split(".").at(-1) === last)
    .map(({ name, path }) => `${name}.${path}`);
  if (sameKey.length > 0) return `Did you mean ${sameKey.join(" or ")}?`;
  const near = nearest(
    dotted,
    paths.map(({ path }) => path),
  );
  return near === undefined ? "The keys are listed in docs/Pipeline/CONFIGURATION.md." : `Did you mean ${near}?`;
}
