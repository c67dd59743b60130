import { isAbsolute, join } from "node:path";
import { needsJudge, type Project } from "../../config/index.ts";
import { type Json, sha256File, sha256Text, systemErrorCode } from "../../core/index.ts";
import { locateModel } from "../../models/index.ts";
import type { Choices } from "../stage.ts";
import { loadRuleContext } from "./create-rules.ts";
import { findDatasetFiles } from "./duplicates/index.ts";
import { readRubric } from "./read-input.ts";

/**
 * What the gate's result depends on besides its input; files that it names are in it by their sha256.
 * @throws ConfigError for a rubric that cannot be read; DataError for a pattern that no file matches.
 */
export async function filterSettings(project: Project, choices: Choices): Promise<Json> {
  const { basic, sample_gate, duplicates, decontamination, rules, on_bad_row } = project.filters;
  const hasHeldOut = decontamination.enabled && decontamination.held_out;
  return {
    basic,
    sample_gate,
    duplicates,
    decontamination,
    rules,
    on_bad_row,
    judge: needsJudge(project.filters) ? await judgeSettings(project, choices) : null,
    student: basic.enabled && basic.tokenizer === "student" ? choices.student.model : null,
    split: hasHeldOut ? project.nexa.packaging.split : null,
    files: await hashFiles(project, await namedFiles(project, choices)),
  };
}

async function judgeSettings(project: Project, { judge: { model } }: Choices): Promise<Json> {
  const { provider, origin, identity } = await locateModel(model, { models: project.nexa.models, dir: project.dir });
  const rubric = await readRubric(project);
  const { criteria, max_tokens } = project.filters.judge;
  return { model, provider, origin, identity, rubric_sha256: sha256Text(rubric), criteria, max_tokens };
}

/** Files whose content decides, besides the rubric. */
async function namedFiles(project: Project, choices: Choices): Promise<string[]> {
  const { duplicates, decontamination, rules, sample_gate } = project.filters;
  const { jsonSchemaPath, studentTokenizer } = await loadRuleContext(project, choices.student.model);
  const schema = sample_gate.enabled && sample_gate.require_valid_json !== false ? jsonSchemaPath : null;
  const list = (entries: readonly string[], key: string): string[] =>
    findDatasetFiles(entries, { dir: project.dir, key }).map(({ path }) => path);
  return [
    ...(schema === null ? [] : [schema]),
    // A folder: what is no path, such as nexa:tiny, comes with the program.
    ...(studentTokenizer !== null && isAbsolute(studentTokenizer) ? [join(studentTokenizer, "tokenizer.json")] : []),
    ...rules.filter((rule) => typeof rule === "string"),
    ...(duplicates.enabled ? list(duplicates.against, "duplicates.against") : []),
    ...(decontamination.enabled ? list(decontamination.files, "decontamination.files") : []),
  ];
}

/** A file that is missing is null: whoever needs it says so. */
async function hashFiles(project: Project, paths: readonly string[]): Promise<Json> {
  const hashes = paths.map(async (path) => [path, await sha256File(project.path(path)).catch(nullWhereMissing)]);
  return Object.fromEntries(await Promise.all(hashes));
}

function nullWhereMissing(error: unknown): null {
  if (["ENOENT", "ENOTDIR", "EISDIR"].includes(systemErrorCode(error) ?? "")) return null;
  throw error;
}
