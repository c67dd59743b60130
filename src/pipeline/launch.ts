import { loadProject, type Project } from "../config/index.ts";
import { acquireLock, exitCodes, explainLock, JobError, type LockFile } from "../core/index.ts";
import type { LauncherName } from "../launchers/index.ts";
import { type StageName, stageNames } from "../stages/stage.ts";
import { assertNotBlocked } from "./choices.ts";
import { decideLaunch } from "./launch-decisions.ts";
import { findLaunch, loadLaunchedProject, writeLaunch } from "./launch-file.ts";
import { chooseLauncher, type StageArgv, stageArgv, startStages } from "./launch-jobs.ts";
import { findRunning, forgetBadEnds, forgetStage, type LaunchRange, planLaunch, stagesInRange } from "./launch-plan.ts";
import { watchSignals } from "./launch-signals.ts";
import { judgeStages, watchStages } from "./launch-watch.ts";
import { announceChoices, createSay, sayComeBack, sayCost, sayNothingToDo, saySessions } from "./launch-words.ts";
import { createStatusView, type ViewStream } from "./live-view.ts";
import { planRun } from "./order.ts";
import { printSummary } from "./summary.ts";

export interface LaunchOptions extends LaunchRange {
  readonly dir: string;
  /** The `--set` words. */
  readonly overrides?: readonly string[] | undefined;
  /** Other filters and train documents, relative to the current folder. */
  readonly filtersConfigPath?: string | undefined;
  readonly trainConfigPath?: string | undefined;
  readonly budgetUsd?: number | undefined;
  /** Ask calls again that failed for good before, of sealed stages too. */
  readonly retryFailed?: boolean | undefined;
  /** Return once the stages are started. */
  readonly isDetached?: boolean | undefined;
  /** The config's when left out. */
  readonly launcher?: LauncherName | undefined;
  readonly parts?: Partial<LaunchParts> | undefined;
}

/** What a launch uses of the rest; tests bring stages of their own. */
export interface LaunchParts {
  readonly planRun: typeof planRun;
  readonly printSummary: (project: Project) => Promise<void>;
  readonly stageArgv: StageArgv;
  readonly env: NodeJS.ProcessEnv;
  readonly stream: ViewStream;
}

/**
 * Starts what is not done, shows it until the end, and says how it ended.
 * @returns the pipeline's exit code: that of the first stage, in order, that did not succeed.
 * @throws ConfigError or UsageError (exit 2) before anything is started.
 */
export async function launchPipeline(options: LaunchOptions): Promise<number> {
  const parts: LaunchParts = {
    planRun,
    printSummary,
    stageArgv,
    env: process.env,
    stream: process.stderr,
    ...options.parts,
  };
  stagesInRange(options);
  const project = await loadProject(options);
  const lock = await takeLaunchLock(project);
  if (lock instanceof JobError) return joinLaunch(project, { why: lock.message, options, parts });
  await using _lock = lock;
  // Awaited here: a rejection must have its listener before the lock is released.
  return await launchLocked(options, parts);
}

const purpose = "nexa launch";
const lockPath = (project: Project): string => project.path(".nexa/locks/launch.lock");

/** The lock, or the error that names who holds it. */
async function takeLaunchLock(project: Project): Promise<LockFile | JobError> {
  try {
    return await acquireLock(lockPath(project), purpose);
  } catch (error) {
    if (error instanceof JobError && error.code === "locked") return error;
    throw error;
  }
}

async function launchLocked(options: LaunchOptions, parts: LaunchParts): Promise<number> {
  const { project, choices, launch, notes } = await decideLaunch({ ...options, env: parts.env });
  const chosen = await chooseLauncher(options.launcher ?? project.nexa.launcher, {
    isDetached: options.isDetached === true,
    env: parts.env,
  });
  const plan = await planLaunch(project, { choices, range: options, plan: parts.planRun });
  await forgetBadEnds(project, plan.done);
  const say = createSay(parts);
  for (const note of [...notes, ...(chosen.note === null ? [] : [chosen.note])]) say(note);
  if (plan.toStart.length === 0 && plan.running.length === 0) {
    const isWhole = sayNothingToDo(plan, say);
    if (isWhole) await parts.printSummary(project);
    return exitCodes.ok;
  }
  for (const stage of plan.toStart) assertNotBlocked(stage, { choices, project });
  announceChoices(choices, say);
  const isTeacherCalled = plan.toStart.includes("generate") && !choices.teacher.isOffline;
  const isJudgeCalled = plan.toStart.includes("filter") && !choices.judge.isOffline;
  if (isTeacherCalled || isJudgeCalled) {
    await sayCost(project, { choices, isGenerated: plan.done.includes("generate"), say });
  }
  const stages = stageNames.filter((stage) => plan.toStart.includes(stage) || plan.running.includes(stage));
  // Only now, when nothing stands in the way of making it again.
  if (options.restart !== undefined) await forgetStage(project, options.restart);
  await writeLaunch(project.dir, { ...launch, stages });
  using interruption = watchSignals();
  const { foreground, launcher } = chosen;
  if (foreground !== null) interruption.onSignal(() => foreground.endAll("SIGTERM"));
  const handles = await startStages(project, { launcher, stages: plan.toStart, env: parts.env, argv: parts.stageArgv });
  saySessions(plan, handles, say);
  if (options.isDetached === true) return sayComeBack(project, say);
  const outcome = await watchStages(project, {
    stages,
    view: createStatusView(parts.stream, { isConcluded: true }),
    // Stages in the foreground end with this command: it waits for them.
    signal: foreground === null ? interruption.signal : new AbortController().signal,
  });
  await foreground?.allEnded();
  if (outcome === "ended") return conclude(project, { stages, parts });
  say("the stages go on in their sessions");
  sayComeBack(project, say);
  return exitCodes.cancelled;
}

/** Another launch is at work: its stages are shown until it is over. */
async function joinLaunch(
  project: Project,
  { why, options, parts }: { why: string; options: LaunchOptions; parts: LaunchParts },
): Promise<number> {
  const say = createSay(parts);
  say(`${why}; this one only watches`);
  if (options.isDetached === true) return sayComeBack(project, say);
  using interruption = watchSignals();
  const isOver = async (): Promise<boolean> =>
    (await explainLock(lockPath(project), purpose)) === null && (await findRunning(project.dir)).length === 0;
  const last = await findLaunch(project.dir);
  const watched = last === null ? project : await loadLaunchedProject(project.dir, last);
  const outcome = await watchStages(watched, {
    stages: stageNames,
    view: createStatusView(parts.stream, { isConcluded: true }),
    signal: interruption.signal,
    isOver,
  });
  if (outcome === "interrupted") {
    say("the other launch goes on");
    return exitCodes.cancelled;
  }
  return conclude(watched, { stages: (await findLaunch(project.dir))?.stages ?? [], parts });
}

async function conclude(
  project: Project,
  { stages, parts }: { stages: readonly StageName[]; parts: LaunchParts },
): Promise<number> {
  const { exitCode, lines } = await judgeStages(project, stages);
  for (const line of lines) parts.stream.write(`${line}\n`);
  if (exitCode === exitCodes.ok) await parts.printSummary(project);
  return exitCode;
}
