import { type Calls, openCalls } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { formatCount, type Json, writeFileAtomic } from "../../core/index.ts";
import { locateModel, verifierName } from "../../models/index.ts";
import type { TeacherOutputRow } from "../../records/index.ts";
import { type Choices, type Stage, type StageContext, type StageResult, sessionNames } from "../stage.ts";
import { answerPrompts, type PromptAnswers } from "./answer-prompts.ts";
import { createReport, type Evaluated } from "./create-report.ts";
import { readLossCurve } from "./loss-curve.ts";
import { checkpointPath, readPipelineFacts } from "./pipeline-facts.ts";
import { reportSchema } from "./report-schema.ts";
import { loadStudents } from "./students.ts";
import { countOverlap, readTestPrompts } from "./test-prompts.ts";

const checkpointFiles = [
  "model.safetensors",
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "events.jsonl",
] as const;

/** Measures the trained student against the untrained one and the teacher on the test split, and writes the report. */
export const evaluateStage: Stage = {
  name: "evaluate",
  session: sessionNames.evaluate,
  inputs: (project) => [
    ...checkpointFiles.map((file) => ({ path: `${checkpointPath(project)}/${file}`, from: "train" as const })),
    { path: project.distill.output, from: "generate" },
    { path: project.filters.output, from: "filter" },
    { path: project.filters.rejections, from: "filter" },
    { path: project.nexa.packaging.output, from: "package" },
  ],
  outputs: (project) => [project.nexa.report, pagePath(project)],
  settings: evaluateSettings,
  run: runEvaluation,
};

/** The report's page, beside its JSON. */
function pagePath({ nexa }: Project): string {
  return nexa.report.replace(/(\.json)?$/i, ".html");
}

/** Another shape of the report, or a verifier that scores otherwise, makes another report of the same answers. */
async function evaluateSettings({ nexa }: Project, { student }: Choices): Promise<Json> {
  const { split, include_system } = nexa.packaging;
  const { identity: verifier } = await locateModel(verifierName, { models: {} });
  const { value: schema_version } = reportSchema.shape.schema_version;
  return { student: student.model, evaluation: nexa.evaluation, split, include_system, schema_version, verifier };
}

async function runEvaluation(project: Project, context: StageContext): Promise<StageResult> {
  const startedAt = context.inputReadyAt ?? Date.now();
  const [facts, prompts] = await Promise.all([readPipelineFacts(project), readTestPrompts(project)]);
  const curve = await readLossCurve(project.path(facts.lossCurve));
  const overlap = await countOverlap(project, prompts);
  if (overlap > 0) {
    context.reporter.warn(
      `${formatCount(overlap)} test prompts share their group or their text with a training row: the accuracy may be too high`,
    );
  }
  using calls = openCalls(project, { budgetUsd: context.choices.budgetUsd });
  const evaluated = await answerAll({ project, context, prompts, calls, seed: facts.student.seed });
  const files = { json: project.nexa.report, html: pagePath(project) };
  const report = createReport({ project, facts, prompts, evaluated, overlap, curve, files, startedAt });
  const { renderPage } = await import("./page.ts");
  await writeFileAtomic(project.path(files.html), renderPage(report, curve));
  await writeFileAtomic(project.path(files.json), `${JSON.stringify(report, null, 2)}\n`);
  const { n, checked, trained } = report.evaluation;
  return {
    outputs: [files.json, files.html].map((path) => ({ path, rows: null })),
    counts: { test_prompts: n, checked, correct: trained.correct },
    costUsd: evaluated.trained.costUsd + (evaluated.untrained?.costUsd ?? 0),
    details: { accuracy: trained.accuracy, ci95: trained.ci95 },
  };
}

interface AnswerAllInput {
  readonly project: Project;
  readonly context: StageContext;
  readonly prompts: readonly TeacherOutputRow[];
  readonly calls: Calls;
  readonly seed: number;
}

/** The answers of both students; the teacher's are those that were bought. */
async function answerAll({ project, context, prompts, calls, seed }: AnswerAllInput): Promise<Evaluated> {
  const { against, max_tokens: maxTokens } = project.nexa.evaluation;
  const { reporter, signal } = context;
  await using students = await loadStudents(project.path(checkpointPath(project)), { seed });
  const isUntrainedAsked = against.includes("untrained");
  const total = prompts.length * (isUntrainedAsked ? 2 : 1);
  const includeSystem = project.nexa.packaging.include_system;
  const shared = { prompts, calls, includeSystem, maxTokens, reporter, signal };
  const trained = await answerPrompts({
    ...shared,
    model: students.trained,
    label: "trained student",
    progress: { before: 0, total },
  });
  const untrained = isUntrainedAsked
    ? await answerPrompts({
        ...shared,
        model: students.untrained,
        label: "untrained student",
        progress: { before: prompts.length, total },
      })
    : null;
  const teacher: PromptAnswers | null = against.includes("teacher")
    ? { answers: prompts.map((prompt) => prompt.teacher_output), seconds: null, costUsd: 0 }
    : null;
  return { trained, untrained, teacher };
}
