import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { isAbsolute } from "node:path";
import type { Project } from "../config/index.ts";
import { DataError, hashJson, systemErrorCode, writeFileAtomic } from "../core/index.ts";
import { type Manifest, manifestPath, manifestSchema } from "../records/manifest.ts";
import type { Choices, Stage, StageInput, StageName, StageResult } from "../stages/stage.ts";
import { fingerprintFile } from "./file-hash.ts";
import { rolesOf } from "./roles.ts";

/** A stage's primary output, known without loading the stage's code. */
export function primaryOutput(project: Project, stage: StageName): string {
  switch (stage) {
    case "generate":
      return project.distill.output;
    case "filter":
      return project.filters.output;
    case "package":
      return project.nexa.packaging.output;
    case "train":
      return `artifacts/checkpoints/${project.train.name}`;
    case "evaluate":
      return project.nexa.report;
  }
}

/** The manifest beside an output; null when there is none or it is not one of ours (then the output counts as not made). */
export async function readManifest(project: Project, outputPath: string): Promise<Manifest | null> {
  try {
    const text = await readFile(project.path(manifestPath(outputPath)), "utf8");
    return manifestSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || ["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return null;
    throw error;
  }
}

/** Whether the stage's manifest and outputs stand there untouched, by size and time of change: fast enough for `status`. */
export async function quickDone(project: Project, stage: StageName): Promise<boolean> {
  const manifest = await readManifest(project, primaryOutput(project, stage));
  if (manifest === null || manifest.stage !== stage) return false;
  const matches = await Promise.all(
    manifest.outputs.map(async (output) => {
      const found = await stat(project.path(output.path)).catch(() => null);
      return found !== null && found.size === output.bytes && Math.abs(found.mtimeMs - output.mtime_ms) < 1;
    }),
  );
  return matches.every(Boolean);
}

/** Rows of a sealed stage that a call failed for and that might be had by asking again; 0 where there is no manifest. */
export async function countFailed(project: Project, stage: StageName): Promise<number> {
  const counts = (await readManifest(project, primaryOutput(project, stage)))?.counts;
  return (stage === "filter" ? counts?.unjudged : stage === "generate" ? counts?.failed : 0) ?? 0;
}

export interface StageQuestion {
  readonly stage: Stage;
  readonly choices: Choices;
  /** The command line's file in the place of the stage's first input. */
  readonly inputOverride?: string | undefined;
}

/** Whether the stage's outputs, inputs and settings are those of its manifest, by sha256. */
export async function isStageDone(project: Project, question: StageQuestion): Promise<boolean> {
  const { stage, choices } = question;
  const manifest = await readManifest(project, primaryOutput(project, stage.name));
  if (manifest === null || manifest.stage !== stage.name) return false;
  if (manifest.config_hash !== hashJson(await stage.settings(project, choices))) return false;
  const inputs = stageInputs(project, question);
  if (inputs.map(({ path }) => path).join("\n") !== manifest.inputs.map(({ path }) => path).join("\n")) return false;
  const files = [...manifest.inputs, ...manifest.outputs];
  for (const { path, sha256 } of files) {
    if ((await fingerprintFile(resolvePath(project, path)))?.sha256 !== sha256) return false;
  }
  return true;
}

/** The stage's inputs, with the command line's file in the place of the first. */
export function stageInputs(project: Project, { stage, choices, inputOverride }: StageQuestion): StageInput[] {
  const [first, ...others] = stage.inputs(project, choices);
  if (inputOverride !== undefined) return [{ path: inputOverride, from: null }, ...others];
  return first === undefined ? [] : [first, ...others];
}

/**
 * Finds each input and holds it against the manifest of the stage that made it.
 * @throws DataError (exit 4) for an input that is missing or is not what its stage sealed.
 */
export async function verifyInputs(project: Project, inputs: readonly StageInput[]): Promise<Manifest["inputs"]> {
  const verified: Manifest["inputs"] = [];
  for (const { path, from } of inputs) {
    const found = await fingerprintFile(resolvePath(project, path));
    if (found === null) {
      const hint =
        from === null
          ? "Check the path in the config or on the command line."
          : `Run \`nexa ${from}\` first, or \`nexa launch\` for all.`;
      throw new DataError("the input is missing", { file: path, hint, code: "input_missing" });
    }
    const sealed = from === null ? null : await sealedOutput(project, { path, from });
    verified.push({ path, sha256: found.sha256, bytes: found.bytes, rows: sealed?.rows ?? null });
    if (from === null || sealed?.sha256 === found.sha256) continue;
    const problem =
      sealed === null
        ? `has no manifest of \`nexa ${from}\``
        : `is not the file that \`nexa ${from}\` sealed: its sha256 differs`;
    throw new DataError(`the input ${problem}`, {
      file: path,
      code: "input_changed",
      hint: `Run \`nexa ${from}\` again${from === "generate" ? "" : ", or give the file by --input to use it as it is"}.`,
    });
  }
  return verified;
}

async function sealedOutput(project: Project, { path, from }: { path: string; from: StageName }) {
  const manifest = await readManifest(project, primaryOutput(project, from));
  return manifest?.outputs.find((output) => output.path === path) ?? null;
}

export interface Sealing extends StageQuestion {
  readonly inputs: Manifest["inputs"];
  readonly result: StageResult;
  readonly startedAt: Date;
  readonly inputReadyAt: Date;
}

/** Writes the stage's manifest beside each of its outputs, the primary one's last: from then on the stage is done. */
export async function sealStage(project: Project, sealing: Sealing): Promise<Manifest> {
  const { stage, choices, inputs, result, startedAt, inputReadyAt } = sealing;
  const config = await stage.settings(project, choices);
  const outputs: Manifest["outputs"] = [];
  for (const { path, rows } of result.outputs) {
    const found = await fingerprintFile(project.path(path));
    if (found === null) throw new Error(`${stage.name} says that it wrote ${path}, which is not there`);
    outputs.push({ path, sha256: found.sha256, bytes: found.bytes, rows, mtime_ms: found.mtimeMs });
  }
  const endedAt = new Date();
  const manifest: Manifest = {
    schema_version: 1,
    stage: stage.name,
    session: stage.session,
    started_at: startedAt.toISOString(),
    input_ready_at: inputReadyAt.toISOString(),
    ended_at: endedAt.toISOString(),
    seconds: Math.max(0, endedAt.getTime() - inputReadyAt.getTime()) / 1000,
    inputs,
    outputs,
    config: config as Manifest["config"],
    config_hash: hashJson(config),
    choices: Object.fromEntries(
      rolesOf(stage.name, project).map((role) => {
        const { model, isOffline, reason } = choices[role];
        return [role, { model, is_offline: isOffline, reason }];
      }),
    ),
    counts: { ...result.counts },
    reasons: { ...result.reasons },
    cost_usd: result.costUsd,
    details: { ...result.details } as Manifest["details"],
    versions: { nexacompute: packageVersion(), node: process.versions.node },
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const primary = primaryOutput(project, stage.name);
  const beside = new Set([...stage.outputs(project), primary]);
  beside.delete(primary);
  for (const path of [...beside, primary]) await writeFileAtomic(project.path(manifestPath(path)), text);
  return manifest;
}

function resolvePath(project: Project, path: string): string {
  return isAbsolute(path) ? path : project.path(path);
}

function packageVersion(): string {
  const require = createRequire(import.meta.url);
  return (require("../../package.json") as { version: string }).version;
}
