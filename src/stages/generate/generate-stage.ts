import { type Ledger, openCalls } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { CancelledError } from "../../core/index.ts";
import { type ModelDescription, resolveModel } from "../../models/index.ts";
import { teacherOutputSchema, writeParquet } from "../../records/index.ts";
import { describeCallSummary } from "../call-progress.ts";
import { createEarlyEstimate, type EarlyEstimate } from "../early-estimate.ts";
import { type Stage, type StageContext, type StageResult, sessionNames } from "../stage.ts";
import { askTeacher } from "./ask-teacher.ts";
import { createCallIndex } from "./call-index.ts";
import { assertTeacherKnows, createUnknownPrompts } from "./check-offline.ts";
import { findPromptFiles } from "./input/find-files.ts";
import { outputRows } from "./output-rows.ts";
import { describeEstimate, estimateTeacher } from "./plan-generate.ts";
import { createRunTally, type RunTally } from "./request-tally.ts";
import { createRowTally } from "./row-tally.ts";
import { generateSettings } from "./settings.ts";
import { checkTeacherWork, readAskingContext, type TeacherWork } from "./teacher-requests.ts";

/**
 * Has the teacher answer the prompts: one row per prompt and sample, every answer through the ledger. Prompts and answers are read three
 * times, and never held: to check them and find what is bought, to ask for the rest, and to write the rows in order.
 */
export const generateStage: Stage = {
  name: "generate",
  session: sessionNames.generate,
  inputs: (project) => findPromptFiles(project).map(({ name }) => ({ path: name, from: null })),
  outputs: (project) => [project.distill.output],
  settings: generateSettings,
  run: runGenerate,
};

async function runGenerate(project: Project, stageContext: StageContext): Promise<StageResult> {
  const { choices, reporter, signal, retryFailed = false } = stageContext;
  const context = await readAskingContext(project);
  const model = await resolveModel(choices.teacher.model, { models: project.nexa.models, dir: project.dir });
  using calls = openCalls(project, { budgetUsd: choices.budgetUsd });
  const { ledger } = calls;
  const counting = model.isFree ? null : createRunTally();
  const { index, add } = createCallIndex({ model, ledger, context, retryFailed, tally: counting });
  const unknown = createUnknownPrompts(choices);
  const work = await checkTeacherWork(project, {
    context,
    onWarning: (message) => reporter.warn(message),
    visit(prompt) {
      if (signal.aborted) throw new CancelledError();
      unknown.see(prompt);
      return add(prompt);
    },
  });
  await assertTeacherKnows(unknown, { project, choices });
  const early = counting === null ? null : sayPlan(work, { counting, model, project, choices, ledger, reporter });
  const outcome = await askTeacher(work, { index, calls, model, reporter, early, signal, retryFailed });
  const tally = createRowTally();
  await writeParquet(project.path(project.distill.output), {
    schema: teacherOutputSchema,
    rows: outputRows({ work, index, outcome, ledger, model, tally, signal }),
    projectPath: project.distill.output,
  });
  for (const line of describeCallSummary(outcome.summary)) reporter.info(line);
  for (const line of tally.describe()) reporter.warn(line);
  const { answers, rows, costUsd } = tally;
  return {
    outputs: [{ path: project.distill.output, rows }],
    counts: { prompts: work.prompts.count, answers, failed: rows - answers, from_ledger: outcome.summary.found },
    costUsd,
    details: {
      teacher: model.name,
      is_offline: choices.teacher.isOffline,
      failures: Object.fromEntries(tally.failed),
      possibly_paid_twice: outcome.summary.maybePaidTwice,
    },
  };
}

interface SayPlanOptions extends Pick<StageContext, "choices" | "reporter"> {
  readonly counting: RunTally;
  readonly model: ModelDescription;
  readonly project: Project;
  readonly ledger: Ledger;
}

/** Says what the calls would cost, and again after the first answers where none were known to go by. */
function sayPlan(work: TeacherWork, options: SayPlanOptions): EarlyEstimate | null {
  const { counting, model, project, choices, ledger, reporter } = options;
  const planned = estimateTeacher(counting.counted(), { model, project, ledger });
  if (planned.calls.toMake > 0) for (const line of describeEstimate(planned, work)) reporter.info(line);
  const { boughtUsd, reservedUsd } = ledger.spending();
  return createEarlyEstimate({
    planned,
    distill: project.distill,
    maxTokens: project.distill.teacher.max_tokens,
    budgetUsd: choices.budgetUsd,
    spentUsd: boughtUsd + reservedUsd,
    say: (line) => reporter.info(line),
  });
}
