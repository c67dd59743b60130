import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { initProject } from "../../src/cli/init-project.ts";
import { loadProject, type Project } from "../../src/config/index.ts";
import { resolveChoices } from "../../src/pipeline/choices.ts";
import { readManifest, sealStage } from "../../src/pipeline/manifest.ts";
import { generateStage } from "../../src/stages/generate/index.ts";
import { type ProcessRun, runProcess } from "./process-tree.ts";

const root = resolve(import.meta.dirname, "../..");

/** A configuration of the gate, and what to change in it by --set. */
export interface GateSetup {
  /** In the place of nexa_distill/configs/filters.yaml, relative to the project. */
  readonly filters?: string;
  readonly set: readonly string[];
}

/** The original's four rules and nothing else, a token being four characters. */
export const fourRules: GateSetup = {
  filters: "nexa_distill/configs/filters.original.yaml",
  set: ["basic.tokenizer=characters_over_4"],
};

/** All default rules but those that need a judge. */
export const defaultRules: GateSetup = {
  set: ["sample_gate.min_judge_score=0", "sample_gate.block_safety_flags=false"],
};

export interface FilterProject {
  readonly project: Project;
  readonly setup: GateSetup;
}

/** A project as `nexa init` makes it whose teacher outputs are the given file, sealed as `nexa generate` seals them. */
export async function makeFilterProject(
  dir: string,
  { rowsPath, rows, setup }: { readonly rowsPath: string; readonly rows: number; readonly setup: GateSetup },
): Promise<FilterProject> {
  await rm(dir, { recursive: true, force: true });
  await initProject({ dir });
  const filtersConfigPath = setup.filters === undefined ? undefined : join(dir, setup.filters);
  const project = await loadProject({ dir, overrides: setup.set, filtersConfigPath });
  const output = project.path(project.distill.output);
  await mkdir(dirname(output), { recursive: true });
  await link(rowsPath, output);
  const now = new Date();
  await sealStage(project, {
    stage: generateStage,
    choices: await resolveChoices(project, { env: {} }),
    inputs: [],
    result: { outputs: [{ path: project.distill.output, rows }], counts: { rows }, costUsd: 0 },
    startedAt: now,
    inputReadyAt: now,
  });
  return { project, setup };
}

export interface FilterRun extends ProcessRun {
  /** From the stage's start, its modules loaded, to its sealed manifest. */
  readonly innerSeconds: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<string, number>>;
}

/** Runs `nexa filter` over it as a process of its own, from the start. @throws with its stderr where it does not end with 0. */
export async function runFilter({ project, setup }: FilterProject): Promise<FilterRun> {
  const { output, rejections } = project.filters;
  for (const path of [output, rejections]) {
    await rm(project.path(path), { force: true });
    await rm(project.path(`${path}.manifest.json`), { force: true });
  }
  const args = [join(root, "bin/nexa.js"), "filter", "-C", project.dir];
  if (setup.filters !== undefined) args.push("--filters", setup.filters);
  args.push(...setup.set.flatMap((pair) => ["--set", pair]));
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1" };
  const run = await runProcess(process.execPath, args, { cwd: project.dir, env });
  await writeFile(join(project.dir, "filter.stderr.txt"), run.stderr);
  if (run.code !== 0) throw new Error(`nexa filter ended with ${run.code}:\n${run.stderr}`);
  const manifest = await readManifest(project, output);
  if (manifest === null) throw new Error(`nexa filter left no manifest in ${project.dir}`);
  return { ...run, innerSeconds: manifest.seconds, counts: manifest.counts, reasons: manifest.reasons ?? {} };
}

/** Where its kept rows are. */
export function keptRowsOf({ project }: FilterProject): string {
  return project.path(project.filters.output);
}
