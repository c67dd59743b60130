import { readFile, stat } from "node:fs/promises";
import type { Project } from "../../config/index.ts";
import { errorMessage, type Reporter } from "../../core/index.ts";
import { manifestPath, manifestSchema } from "../../records/manifest.ts";
import { compareGates, type GateFiles } from "./compare-gates.ts";
import { type GateChanges, renderChanges } from "./gate-changes.ts";

export interface CompareWithEarlierOptions {
  /** The new files, not in their places yet. */
  readonly after: GateFiles;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Says what changed against the sealed gate that is about to be replaced; null where there is none. */
export async function compareWithEarlier(
  project: Project,
  { after, reporter, signal }: CompareWithEarlierOptions,
): Promise<GateChanges | null> {
  const before = await findEarlier(project);
  if (before === null) return null;
  try {
    const changes = await compareGates({ before, after, signal });
    reporter.info("against the gate that this one takes the place of:");
    for (const line of renderChanges(changes)) reporter.info(line);
    return changes;
  } catch (error) {
    if (signal.aborted) throw error;
    // The new gate is good whatever the old one is.
    reporter.warn(`what changed against the earlier gate is not known: ${errorMessage(error)}`);
    return null;
  }
}

/** The files of the sealed gate, as long as they are the ones that its manifest names. */
async function findEarlier(project: Project): Promise<GateFiles | null> {
  const { output, rejections } = project.filters;
  const text = await readFile(project.path(manifestPath(output)), "utf8").catch(() => null);
  if (text === null) return null;
  const outputs = manifestSchema.safeParse(parseJson(text)).data?.outputs ?? [];
  const isThere = async (path: string): Promise<boolean> => {
    const sealed = outputs.find((one) => one.path === path);
    const found = await stat(project.path(path)).catch(() => null);
    return sealed !== undefined && found?.size === sealed.bytes;
  };
  if (!(await isThere(output)) || !(await isThere(rejections))) return null;
  return { kept: project.path(output), rejections: project.path(rejections) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
