import type { Project } from "../../config/index.ts";
import { DataError, type Json } from "../../core/index.ts";
import { type Manifest, manifestPath, requireManifest } from "../../records/manifest.ts";
import type { StageName } from "../stage.ts";
import { sortHistogram } from "./measure.ts";
import type { Report } from "./report-schema.ts";

/** What the stages before say of themselves in their manifests. */
export type PipelineFacts = Pick<Report, "counts" | "teacher" | "judge" | "provenance" | "versions"> & {
  readonly student: Report["student"];
  /** Project-relative path of the training's events. */
  readonly lossCurve: string;
  readonly stages: Report["stages"];
  readonly costUsd: number;
};

type EarlierStage = Exclude<StageName, "evaluate">;

/** The folder of the checkpoint that train writes, project-relative. */
export function checkpointPath(project: Project): string {
  return `artifacts/checkpoints/${project.train.name}`;
}

/** The weights in a checkpoint's folder. */
export function weightsPath(folder: string): string {
  return `${folder}/model.safetensors`;
}

/**
 * Reads the manifests of generate, filter, package and train.
 * @throws DataError naming the manifest and the field that is missing or wrong.
 */
export async function readPipelineFacts(project: Project): Promise<PipelineFacts> {
  const read = (stage: EarlierStage) => readSource(project, stage);
  const [generate, filter, packaged, train] = await Promise.all([
    read("generate"),
    read("filter"),
    read("package"),
    read("train"),
  ]);
  const sources = [generate, filter, packaged, train];
  return {
    counts: {
      prompts: number(generate, "counts", "prompts"),
      answers: number(generate, "counts", "answers"),
      kept: number(filter, "counts", "kept"),
      rejected: number(filter, "counts", "rejected"),
      unjudged: number(filter, "counts", "unjudged"),
      reasons: rejectionReasons(filter.manifest),
      train: number(packaged, "counts", "train"),
      validation: number(packaged, "counts", "validation"),
      test: number(packaged, "counts", "test"),
    },
    teacher: choice(generate, "teacher") ?? missing(generate, "choices.teacher"),
    judge: choice(filter, "judge"),
    student: {
      ...(choice(train, "student") ?? missing(train, "choices.student")),
      parameters: number(train, "counts", "parameters"),
      engine: text(train, "engine"),
      steps: number(train, "counts", "steps"),
      train_seconds: number(train, "details", "train_seconds"),
      checkpoint: train.output,
      seed: number(train, "details", "seed"),
    },
    lossCurve: `${train.output}/events.jsonl`,
    stages: sources.map(({ stage, manifest }) => ({ name: stage, seconds: manifest.seconds, state: "done" as const })),
    costUsd: sources.reduce((sum, { manifest }) => sum + manifest.cost_usd, 0),
    provenance: sources.map(describeSource),
    versions: Object.assign({}, ...sources.map(({ manifest }) => manifest.versions)) as Record<string, string>,
  };
}

/** Unjudged rows have a count of their own and are not rejected. */
function rejectionReasons({ reasons: { unjudged: _, ...reasons } }: Manifest): Record<string, number> {
  return sortHistogram(reasons);
}

interface Source {
  readonly stage: EarlierStage;
  /** Project-relative path of the primary output. */
  readonly output: string;
  readonly file: string;
  readonly manifest: Manifest;
}

async function readSource(project: Project, stage: EarlierStage): Promise<Source> {
  const output = {
    generate: project.distill.output,
    filter: project.filters.output,
    package: project.nexa.packaging.output,
    train: checkpointPath(project),
  }[stage];
  const manifest = await requireManifest(project.path(output), { madeBy: `nexa ${stage}` });
  const source = { stage, output, file: manifestPath(project.path(output)), manifest };
  if (manifest.stage !== stage) return missing(source, `stage = ${stage}`);
  return source;
}

/** The output by which a stage's result is known: of a checkpoint, the weights. */
function describeSource({ stage, output, manifest, file }: Source): Report["provenance"][number] {
  const path = stage === "train" ? weightsPath(output) : output;
  const sealed = manifest.outputs.find((candidate) => candidate.path === path);
  if (sealed === undefined) return missing({ stage, file }, `outputs (${path})`);
  return { stage, output: path, sha256: sealed.sha256, config_hash: manifest.config_hash, config: manifest.config };
}

function choice(
  { manifest }: Source,
  role: "teacher" | "judge" | "student",
): { model: string; offline: boolean } | null {
  const chosen = manifest.choices[role];
  return chosen === undefined ? null : { model: chosen.model, offline: chosen.is_offline };
}

function number(source: Source, section: "counts" | "details", key: string): number {
  const value: Json | undefined = source.manifest[section][key];
  return typeof value === "number" ? value : missing(source, `${section}.${key}`);
}

function text(source: Source, key: string): string {
  const value = source.manifest.details[key];
  return typeof value === "string" ? value : missing(source, `details.${key}`);
}

function missing({ stage, file }: Pick<Source, "stage" | "file">, field: string): never {
  throw new DataError(`the manifest lacks \`${field}\``, {
    file,
    code: "manifest",
    hint: `Make it again with \`nexa ${stage}\`; it may be of another version.`,
  });
}
