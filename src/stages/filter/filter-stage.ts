import { rm } from "node:fs/promises";
import { needsJudge, type Project } from "../../config/index.ts";
import { replaceFileAtomic } from "../../core/index.ts";
import { manifestPath } from "../../records/manifest.ts";
import { type Stage, type StageContext, type StageResult, sessionNames } from "../stage.ts";
import { compareWithEarlier } from "./compare-with-earlier.ts";
import { createCheckSetup } from "./create-check-setup.ts";
import { filterSettings } from "./filter-settings.ts";
import { type GatedInput, runGate } from "./gate.ts";
import type { GateChanges } from "./gate-changes.ts";
import type { GateFigures } from "./gate-figures.ts";
import { type GateInput, openGateInput } from "./gate-input.ts";
import { type GateStore, openGateStore } from "./gate-store.ts";
import { openJudging } from "./judging.ts";
import { toDetails } from "./manifest-details.ts";
import { nothingKept } from "./nothing-kept.ts";
import { checkSqlRules, loadModuleRules } from "./own-rules/index.ts";
import { sumUp } from "./sum-up.ts";
import { renderSummary } from "./summary.ts";

/** Keeps the answers worth learning from: basic filters, SampleGate with the judge, duplicates. Every other row is in the rejections, with reasons. */
export const filterStage: Stage = {
  name: "filter",
  session: sessionNames.filter,
  inputs: (project) => [{ path: project.distill.output, from: "generate" }],
  outputs: (project) => [project.filters.output, project.filters.rejections],
  settings: filterSettings,
  run: runFilter,
};

async function runFilter(project: Project, context: StageContext): Promise<StageResult> {
  const { reporter, signal } = context;
  // A stranger's file takes a while to read: what is wrong with a rule is said before.
  await loadModuleRules(project.filters.rules, { dir: project.dir });
  await checkSqlRules(project.filters.rules, null);
  await using input = await openGateInput(project, context);
  using store = await openGateStore(input);
  const hasJudge = needsJudge(project.filters);
  if (!hasJudge) reporter.info("no judge is asked: no setting of sample_gate depends on it; the free rules decide");
  using judging = hasJudge ? await openJudging(project, context) : null;
  const setup = await createCheckSetup(project, {
    input,
    hasJudge,
    studentModel: context.choices.student.model,
    signal,
  });
  const gated = await runGate({ setup, rows: input.rows, store, judge: judging?.judge ?? null, reporter, signal });
  const verdictsUsd = judging?.costUsd ?? 0;
  const costUsd = verdictsUsd + (await store.sumCost());
  const figures = await sumUp(gated, { store, hasJudge, costUsd, badRows: input.badRows });
  const minJudgeScore = hasJudge ? project.filters.sample_gate.min_judge_score : null;
  for (const line of renderSummary(figures, { minJudgeScore })) reporter.info(line);
  const changes = await writeOutputs(project, { figures, store, context, input });
  return resultOf({ project, figures, gated, changes, costUsd: verdictsUsd });
}

interface Outputs {
  readonly figures: GateFigures;
  readonly store: GateStore;
  readonly input: GateInput;
  readonly context: StageContext;
}

/**
 * Writes both files, and says what changed against those that they take the place of. Where nothing is kept the rejections can be looked at,
 * and the kept rows of an earlier run are not replaced by none.
 * @throws DataError where nothing is kept.
 */
async function writeOutputs(
  project: Project,
  { figures, store, context, input }: Outputs,
): Promise<GateChanges | null> {
  const { reporter } = context;
  const { output, rejections } = project.filters;
  let changes: GateChanges | null = null;
  reporter.info("writing kept and rejected rows");
  await replaceFileAtomic(project.path(rejections), async (rejectionsPath) => {
    if (figures.kept === 0) return store.write({ kept: null, rejections: rejectionsPath });
    await replaceFileAtomic(project.path(output), async (keptPath) => {
      await store.write({ kept: keptPath, rejections: rejectionsPath });
      changes = await compareWithEarlier(project, {
        after: { kept: keptPath, rejections: rejectionsPath },
        reporter,
        signal: context.signal,
      });
    });
  });
  if (figures.kept > 0) return changes;
  await breakSeal(project);
  throw nothingKept(figures, { file: input.file, filters: project.filters });
}

/** Takes the manifests of an earlier run away: its kept rows are not what this input and these settings leave. */
async function breakSeal(project: Project): Promise<void> {
  for (const path of filterStage.outputs(project)) await rm(project.path(manifestPath(path)), { force: true });
}

function resultOf({
  project,
  figures,
  gated,
  changes,
  costUsd,
}: {
  project: Project;
  figures: GateFigures;
  gated: GatedInput;
  changes: GateChanges | null;
  costUsd: number;
}): StageResult {
  const { input, kept, rejected, unjudged, badRows, redacted, reasons } = figures;
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
      bad_rows: badRows,
      redacted,
      judged: gated.judged,
      verdicts_asked_again: gated.askedAgain,
    },
    reasons: Object.fromEntries(reasons),
    costUsd,
    details: toDetails(figures, changes),
  };
}
