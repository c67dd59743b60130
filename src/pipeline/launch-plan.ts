import { readdir, rm } from "node:fs/promises";
import type { Project } from "../config/index.ts";
import { JobError, UsageError } from "../core/index.ts";
import { clearJobFolder } from "../launchers/index.ts";
import { manifestPath } from "../records/manifest.ts";
import { type Choices, type StageName, stageNames } from "../stages/stage.ts";
import { jobFolder } from "./job-record.ts";
import { readJobState } from "./job-state.ts";
import type { Launch } from "./launch-file.ts";
import { primaryOutput, quickDone } from "./manifest.ts";
import { planRun } from "./order.ts";

/** Which part of the pipeline a launch is about. */
export interface LaunchRange {
  readonly from?: StageName | undefined;
  readonly until?: StageName | undefined;
  /** Made again even though it is done, and so is what follows it. */
  readonly restart?: StageName | undefined;
  /** A stage with failed rows is opened again though it is done. */
  readonly retryFailed?: boolean | undefined;
}

export interface LaunchPlan {
  /** To be started, in order. */
  readonly toStart: readonly StageName[];
  /** Left as they are: they run already. */
  readonly running: readonly StageName[];
  readonly done: readonly StageName[];
}

/** The stages of a range, in order. @throws UsageError when it is empty, or does not hold the stage to restart. */
export function stagesInRange({ from = "generate", until = "evaluate", restart }: LaunchRange): StageName[] {
  const stages = stageNames.slice(stageNames.indexOf(from), stageNames.indexOf(until) + 1);
  if (stages.length === 0)
    throw new UsageError(`--from ${from} comes after --until ${until}`, {
      hint: `The order is ${stageNames.join(", ")}.`,
    });
  if (restart !== undefined && !stages.includes(restart)) {
    throw new UsageError(`--restart ${restart} is not between --from ${from} and --until ${until}`);
  }
  return stages;
}

/** The stages whose processes are there. */
export async function findRunning(projectDir: string): Promise<StageName[]> {
  const states = await Promise.all(stageNames.map((stage) => readJobState(projectDir, stage)));
  return stageNames.filter((_stage, index) => states[index]?.isAlive);
}

/** The stages of the last launch that still run. Its decisions hold for as long as there are any. */
export async function findRunningOf(projectDir: string, launch: Launch | null): Promise<StageName[]> {
  if (launch === null) return [];
  const states = await Promise.all(stageNames.map((stage) => readJobState(projectDir, stage)));
  return stageNames.filter((_stage, index) => {
    const state = states[index];
    return state?.isAlive && (state.isStarting || state.launchId === launch.id);
  });
}

/**
 * What is done, what runs and what is to be started; changes nothing.
 * @throws JobError when the range begins after a stage whose output is not there, or the stage to restart runs.
 */
export async function planLaunch(
  project: Project,
  { choices, range, plan = planRun }: { choices: Choices; range: LaunchRange; plan?: typeof planRun },
): Promise<LaunchPlan> {
  const stages = stagesInRange(range);
  const running = (await findRunning(project.dir)).filter((stage) => stages.includes(stage));
  await assertInputMade(project, stages[0], running);
  if (range.restart !== undefined && running.includes(range.restart)) throw runsNow(range.restart);
  const firstAgain = range.restart === undefined ? stageNames.length : stageNames.indexOf(range.restart);
  const planned = (await plan(project, choices, { retryFailed: range.retryFailed })).slice(0, firstAgain);
  const done = planned.filter(({ stage, isDone }) => isDone && stages.includes(stage)).map(({ stage }) => stage);
  const toStart = stages.filter((stage) => !done.includes(stage) && !running.includes(stage));
  return { toStart, running, done };
}

/** Takes away the record of a later run that ended badly, e.g. with other settings, of a stage whose sealed output holds. */
export async function forgetBadEnds(project: Project, done: readonly StageName[]): Promise<void> {
  for (const stage of done) {
    const { state, isAlive } = await readJobState(project.dir, stage);
    if (!isAlive && state !== null && state !== "succeeded") await clearJobFolder(jobFolder(project.dir, stage));
  }
}

async function assertInputMade(
  project: Project,
  first: StageName | undefined,
  running: readonly StageName[],
): Promise<void> {
  const before = first === undefined ? undefined : stageNames[stageNames.indexOf(first) - 1];
  if (before === undefined || running.includes(before) || (await quickDone(project, before))) return;
  throw new JobError(`${first} needs what \`nexa ${before}\` makes, which is not there or was changed`, {
    code: "input_missing",
    hint: `Leave --from ${first} away, or give an earlier stage.`,
  });
}

function runsNow(stage: StageName): JobError {
  return new JobError(`${stage} runs at this moment`, {
    code: "running",
    hint: `End it first: \`nexa stop ${stage}\`.`,
  });
}

/**
 * Takes a stage's seal away, and what a training run would go on from, so that it is made again from its beginning; answers stay in the
 * ledger. What follows the stage is made again where it comes out different.
 */
export async function forgetStage(project: Project, stage: StageName): Promise<void> {
  const output = primaryOutput(project, stage);
  await rm(project.path(manifestPath(output)), { force: true });
  if (stage !== "train") return;
  const entries = await readdir(project.path(output)).catch(() => []);
  const saved = entries.filter((entry) => /^checkpoint-\d+$/.test(entry));
  await Promise.all(saved.map((entry) => rm(project.path(output, entry), { recursive: true, force: true })));
}
