import { globSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import type { Project } from "../../../config/index.ts";
import { DataError } from "../../../core/index.ts";
import { filesOfFolder } from "./dataset-folder.ts";

/** A file with prompts. */
export interface InputFile {
  /** Absolute. */
  readonly path: string;
  /** As errors name it: relative to the project where it lies inside. */
  readonly name: string;
}

/** What is needed of a project to read its prompts. */
export type PromptsProject = Pick<Project, "dir" | "path" | "distill">;

/**
 * The files that `prompts` names, in its order, those of a folder or a pattern by name; each file once. Reads folders and the descriptions
 * of data sets in them, no rows. A file that is missing is among them: whoever reads it says so.
 * @throws DataError (exit 4) for a pattern that matches nothing, a folder without rows, or a data set whose split is not chosen.
 */
export function findPromptFiles(project: PromptsProject): InputFile[] {
  const { prompts, prompts_split: split } = project.distill;
  const found = [prompts].flat().flatMap((entry) => expandEntry(entry, { project, split }));
  const byPath = new Map(found.map((path) => [path, { path, name: nameOf(project, path) }]));
  return [...byPath.values()];
}

function expandEntry(entry: string, { project, split }: { project: PromptsProject; split: string | null }): string[] {
  const path = project.path(entry);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isDirectory()) return filesOfFolder(path, { name: entry, split });
  if (split !== null)
    throw new DataError(`it has no splits, and prompts_split is \`${split}\``, {
      file: entry,
      code: "unknown_split",
      hint: "Set prompts_split to null, or name a Hugging Face dataset folder in `prompts`.",
    });
  if (kind !== undefined || !/[*?[{]/.test(entry)) return [path];
  const matches = globSync(entry, { cwd: project.dir, withFileTypes: true })
    .filter((match) => match.isFile() || match.isSymbolicLink())
    .map((match) => join(match.parentPath, match.name))
    .sort();
  if (matches.length > 0) return matches;
  throw new DataError("no file matches this pattern", {
    file: entry,
    code: "missing_file",
    hint: "Check `prompts`: patterns are relative to the project, * stands for a name's part, ** for folders.",
  });
}

function nameOf({ dir }: PromptsProject, path: string): string {
  const inside = relative(dir, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}
