import type { Project } from "../../config/index.ts";
import { DataError, formatCount, formatDuration, type Json, UsageError } from "../../core/index.ts";
import { type Choices, type Stage, type StageContext, type StageResult, sessionNames } from "../stage.ts";
import { type TrainingEvent, trainEmbedded } from "./embedded/index.ts";
import { readTrainingRows, type TrainingRows } from "./training-rows.ts";

const checkpointFiles = [
  "config.json",
  "model.safetensors",
  "tokenizer.json",
  "tokenizer_config.json",
  "events.jsonl",
] as const;

/** Trains the student on the packaged rows; a run that was ended goes on from its last checkpoint. */
export const trainStage: Stage = {
  name: "train",
  session: sessionNames.train,
  inputs: (project) => [{ path: project.nexa.packaging.output, from: "package" }],
  outputs: (project) => [checkpointFolder(project)],
  settings: async (project, choices) => trainSettings(project, choices),
  run: runTraining,
};

function checkpointFolder(project: Project): string {
  return `artifacts/checkpoints/${project.train.name}`;
}

function trainSettings(project: Project, choices: Choices): Json {
  const { tiny, training } = project.train;
  return { student: choices.student.model, name: project.train.name, tiny, seed: training.seed };
}

async function runTraining(project: Project, context: StageContext): Promise<StageResult> {
  const { choices, reporter, signal } = context;
  assertEmbedded(choices.student.model);
  const dataset = project.nexa.packaging.output;
  const rows = await readTrainingRows(project.path(dataset), { projectPath: dataset });
  assertEnough(rows, dataset);
  const { tiny, training, distributed } = project.train;
  reporter.info(
    `${formatCount(rows.train.length)} rows to train on, ${formatCount(rows.validation.length)} to validate, ${formatCount(tiny.steps)} steps`,
  );
  const folder = checkpointFolder(project);
  const result = await trainEmbedded({
    trainRows: rows.train,
    validationRows: rows.validation,
    schedule: tiny,
    seed: training.seed,
    threads: distributed.processes,
    checkpointSteps: training.checkpoint_steps,
    outDir: project.path(folder),
    signal,
    onResume: (step) => reporter.info(`goes on from the checkpoint of step ${formatCount(step)}`),
    onEvent: (event) => reporter.progress({ done: event.step, total: tiny.steps, detail: describeEvent(event) }),
  });
  reporter.info(
    `loss ${result.finalLoss.toFixed(4)} after ${formatCount(result.steps)} steps in ${formatDuration(result.trainSeconds)}${result.resumedFrom === null ? "" : " over all starts"}`,
  );
  return {
    outputs: checkpointFiles.map((file) => ({ path: `${folder}/${file}`, rows: null })),
    counts: {
      steps: result.steps,
      parameters: result.parameters,
      train: rows.train.length,
      validation: rows.validation.length,
    },
    costUsd: 0,
    details: {
      engine: "embedded",
      student: choices.student.model,
      seed: training.seed,
      train_seconds: result.trainSeconds,
      final_loss: result.finalLoss,
      validation_loss: result.validationLoss,
      resumed_from: result.resumedFrom,
    },
  };
}

function assertEmbedded(student: string): void {
  if (student === "nexa:tiny") return;
  throw new UsageError(`The student ${student} needs a PyTorch environment, which this version does not set up`, {
    hint: "Set `student: {offline: nexa:tiny}` in the train config to use the embedded student.",
  });
}

function assertEnough({ train }: TrainingRows, file: string): void {
  if (train.length > 0) return;
  throw new DataError("no row is in the train split", {
    file,
    hint: "Generate or keep more rows, or raise packaging.split.train.",
  });
}

function describeEvent({ loss, eval_loss: evalLoss, tokens_per_second: speed }: TrainingEvent): string {
  const validation = evalLoss === undefined ? "" : `, validation ${evalLoss.toFixed(4)}`;
  return `loss ${loss.toFixed(4)}${validation}, ${formatCount(Math.round(speed))} tokens/s`;
}
