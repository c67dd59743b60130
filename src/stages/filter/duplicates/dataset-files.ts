import { globSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { DataError } from "../../../core/index.ts";

/** A file that a list in the configuration names. */
export interface DatasetFile {
  /** Absolute. */
  readonly path: string;
  /** As errors and rejections name it: relative to the project where it lies inside. */
  readonly name: string;
}

export interface FindFilesOptions {
  /** The folder that entries are relative to. */
  readonly dir: string;
  /** The configuration's key, for errors. */
  readonly key: string;
}

/**
 * The files that paths and patterns name, in their order, those of a pattern by name; each file once. A file that is missing is among them:
 * whoever reads it says so.
 * @throws DataError for a pattern that matches nothing, and for a folder.
 */
export function findDatasetFiles(entries: readonly string[], options: FindFilesOptions): DatasetFile[] {
  const paths = new Set(entries.flatMap((entry) => expandEntry(entry, options)));
  return [...paths].map((path) => ({ path, name: nameOf(path, options.dir) }));
}

function expandEntry(entry: string, { dir, key }: FindFilesOptions): string[] {
  const path = resolve(dir, entry);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isDirectory()) {
    throw new DataError(`it is a folder, and ${key} in filters.yaml takes files`, {
      file: entry,
      code: "missing_file",
      hint: `Name its files with a pattern: ${join(entry, "*.parquet")}.`,
    });
  }
  if (kind !== undefined || !/[*?[{]/.test(entry)) return [path];
  const matches = globSync(entry, { cwd: dir, withFileTypes: true })
    .filter((match) => match.isFile() || match.isSymbolicLink())
    .map((match) => join(match.parentPath, match.name))
    .sort();
  if (matches.length > 0) return matches;
  throw new DataError("no file matches this pattern", {
    file: entry,
    code: "missing_file",
    hint: `Check ${key} in filters.yaml: patterns are relative to the project, * stands for a name's part, ** for folders.`,
  });
}

function nameOf(path: string, dir: string): string {
  const inside = relative(dir, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}
