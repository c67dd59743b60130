import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { openCalls } from "../../calls/index.ts";
import { type Project, shortenPath } from "../../config/index.ts";
import { type Json, sha256Text } from "../../core/index.ts";
import { locateModel, resolveModel } from "../../models/index.ts";
import { filteredSchema, rejectionSchema, type TeacherOutputRow, writeParquet } from "../../records/index.ts";
import { manifestPath } from "../../records/manifest.ts";
import { createCallProgress, describeCallSummary } from "../call-progress.ts";
import { type Choices, type Stage, type StageContext, type StageResult, sessionNames } from "../stage.ts";
import { createRules, needsJudge } from "./create-rules.ts";
import { type GatedRow, runGate } from "./gate.ts";
import { type JudgeRun, judgeRows } from "./judge.ts";
import { nothingKept } from "./nothing-kept.ts";
import { toFilteredRow, toRejectionRow } from "./output-rows.ts";
import { readAnswers, readRubric } from "./read-input.ts";
import { renderSummary, sampleExamples } from "./summary.ts";
import { type Tally, tallyRows } from "./tally.ts";

/** Keeps the answers worth learning from: basic filters, then SampleGate with the judge. Every other row is in the rejections, with reasons. */
export const filterStage: Stage = {
  name: "filter",
  session: sessionNames.filter,
  inputs: (project) => [{ path: project.distill.output, from: "generate" }],
  outputs: (project) => [project.filters.output, project.filters.rejections],
  settings: filterSettings,
  run: runFilter,
};

async function filterSettings(project: Project, choices: Choices): Promise<Json> {
  const { basic, sample_gate, duplicates } = project.filters;
  const judge = needsJudge(project.filters) ? await judgeSettings(project, choices) : null;
  return { basic, sample_gate, duplicates, judge };
}

async function judgeSettings(project: Project, { judge: { model } }: Choices): Promise<Json> {
  const { provider, origin, identity } = await locateModel(model, { models: project.nexa.models });
  const rubric = await readRubric(project);
  const { max_tokens } = project.filters.judge;
  return { model, provider, origin, identity, rubric_sha256: sha256Text(rubric), max_tokens };
}

async function runFilter(project: Project, context: StageContext): Promise<StageResult> {
  const { reporter, signal } = context;
  const inputOverride = context.inputOverride === undefined ? undefined : resolve(context.inputOverride);
  const rows = await readAnswers(project, inputOverride);
  const rules = await createRules(project.filters);
  const isJudged = needsJudge(project.filters);
  if (!isJudged) reporter.info("no judge is asked: no setting of sample_gate depends on it");
  let judged: Judged | null = null;
  const judge = async (passed: readonly TeacherOutputRow[]) => {
    judged = await askJudge(passed, { project, context });
    return judged.judgements;
  };
  const gated = await runGate(rows, { rules, judge: isJudged ? judge : null, signal });
  const tally = tallyRows(gated, rules);
  const examples = sampleExamples(gated);
  await writeRejections(project, gated);
  for (const line of renderSummary(tally, examples)) reporter.info(line);
  if (tally.kept === 0) {
    await breakSeal(project);
    const file = shortenPath(project.dir, inputOverride ?? project.path(project.distill.output));
    throw nothingKept(tally, { file, filters: project.filters });
  }
  await writeKept(project, gated);
  return resultOf({ project, tally, examples, judged });
}

/** Written first: where nothing is kept they can be looked at, and the kept rows of an earlier run are not replaced by none. */
async function writeRejections(project: Project, gated: readonly GatedRow[]): Promise<void> {
  const projectPath = project.filters.rejections;
  const rows = gated.filter(({ failures }) => failures.length > 0).map(toRejectionRow);
  await writeParquet(project.path(projectPath), { schema: rejectionSchema, rows, projectPath });
}

/** Takes the manifests of an earlier run away: its kept rows are not what this input and these settings leave. */
async function breakSeal(project: Project): Promise<void> {
  for (const path of filterStage.outputs(project)) await rm(project.path(manifestPath(path)), { force: true });
}

async function writeKept(project: Project, gated: readonly GatedRow[]): Promise<void> {
  const projectPath = project.filters.output;
  const rows = gated.filter(({ failures }) => failures.length === 0).map(toFilteredRow);
  await writeParquet(project.path(projectPath), { schema: filteredSchema, rows, projectPath });
}

/** What the judge said, and what it cost. */
interface Judged extends JudgeRun {
  /** Dollars that the verdicts cost, in this and earlier runs. */
  readonly costUsd: number;
}

async function askJudge(
  rows: readonly TeacherOutputRow[],
  { project, context }: { project: Project; context: StageContext },
): Promise<Judged> {
  const { choices, reporter, signal, retryFailed = false } = context;
  if (rows.length === 0) return { judgements: [], askedAgain: 0, costUsd: 0 };
  const rubric = await readRubric(project);
  const model = await resolveModel(choices.judge.model, { models: project.nexa.models, dir: project.dir });
  using calls = openCalls(project, { budgetUsd: choices.budgetUsd });
  const progress = createCallProgress(reporter, { total: rows.length, label: "judging", unit: "verdicts" });
  const { max_tokens: maxTokens } = project.filters.judge;
  let run: JudgeRun;
  try {
    run = await judgeRows(rows, { calls, model, rubric, maxTokens, signal, retryFailed, progress });
  } catch (error) {
    throw progress.explainEnd(error);
  }
  const summary = progress.end();
  for (const line of describeCallSummary(summary, "verdicts")) reporter.info(line);
  return { ...run, costUsd: summary.answersCostUsd };
}

function resultOf({
  project,
  tally,
  examples,
  judged,
}: {
  project: Project;
  tally: Tally;
  examples: ReturnType<typeof sampleExamples>;
  judged: Judged | null;
}): StageResult {
  const { input, kept, rejected, unjudged, funnel, reasons } = tally;
  return {
    outputs: [
      { path: project.filters.output, rows: kept },
      { path: project.filters.rejections, rows: rejected + unjudged },
    ],
    counts: {
      input,
      kept,
      rejected,
      unjudged,
      judged: judged?.judgements.length ?? 0,
      verdicts_asked_again: judged?.askedAgain ?? 0,
    },
    reasons: Object.fromEntries(reasons),
    costUsd: judged?.costUsd ?? 0,
    details: {
      funnel: funnel.map((step) => ({ ...step })),
      examples: Object.fromEntries(
        [...examples].map(([reason, { id, sample, detail }]) => [reason, { id, sample, detail }]),
      ),
    },
  };
}
