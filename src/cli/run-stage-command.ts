import { resolve } from "node:path";
import { loadProject, type Project } from "../config/index.ts";
import { CancelledError, createReporter, errorMessage, exitCodes, NexaError, type Reporter } from "../core/index.ts";
import { endWithWrapper } from "../launchers/index.ts";
import { resolveChoices } from "../pipeline/choices.ts";
import { type JobRecorder, startJob } from "../pipeline/job-recorder.ts";
import { type Launch, loadLaunchedProject, readLaunch } from "../pipeline/launch-file.ts";
import { stageInputs } from "../pipeline/manifest.ts";
import { loadStage } from "../pipeline/order.ts";
import { lockStage, runStage } from "../pipeline/run-stage.ts";
import { printSummary } from "../pipeline/summary.ts";
import { waitForInputs } from "../pipeline/wait-for-inputs.ts";
import { type Choices, type Stage, type StageName, sessionNames } from "../stages/stage.ts";
import { reportError } from "./report-error.ts";
import { listenForCancellation } from "./signals.ts";

export interface StageCommandOptions {
  readonly dir: string;
  readonly set: readonly string[];
  readonly budget?: number;
  readonly input?: string;
  readonly filters?: string;
  readonly config?: string;
  /** Part of a launch: its decisions hold, and its stages before this one are waited for. */
  readonly launched?: boolean;
  readonly retryFailed?: boolean;
}

/** One stage as a process of its own, with its job folder kept from the first moment to the last. @returns the exit code. */
export async function runStageCommand(name: StageName, options: StageCommandOptions): Promise<number> {
  const { dir, set, filters, config } = options;
  const launch = options.launched === true ? await readLaunch(resolve(dir)) : null;
  const project =
    launch === null
      ? await loadProject({ dir, overrides: set, filtersConfigPath: filters, trainConfigPath: config })
      : await loadLaunchedProject(dir, launch);
  await using _lock = await lockStage(project, name);
  let reporter: Reporter | null = null;
  using cancellation = listenForCancellation((line) => (reporter ?? createReporter({ label: name })).info(line));
  let isAbandoned = false;
  endWithWrapper(() => {
    isAbandoned = true;
    cancellation.cancel();
  });
  const job = await startJob(project.dir, name, { session: sessionNames[name], launchId: launch?.id ?? null });
  cancellation.signal.addEventListener("abort", () => void job.noteStop().catch(() => undefined));
  const stageReporter = createReporter({ label: name, onProgress: (progress) => job.progress(progress) });
  reporter = stageReporter;
  // A full disk must not hide what the stage itself has to say.
  const noteUnwritten = (error: unknown): void =>
    stageReporter.warn(`its end could not be noted: ${errorMessage(error)}`);
  let exitCode: number = exitCodes.bug;
  try {
    await runInJob({ name, options, project, launch, job, reporter: stageReporter, signal: cancellation.signal });
    exitCode = exitCodes.ok;
  } catch (error) {
    stageReporter.end();
    const ended = cancellation.signal.aborted ? explainCancel(error, isAbandoned) : error;
    exitCode = reportError(ended);
    const hint = ended instanceof NexaError ? ended.hint : undefined;
    await job.fail(errorMessage(ended), hint).catch(noteUnwritten);
  } finally {
    await job.end(exitCode).catch(noteUnwritten);
  }
  return exitCode;
}

/** The end of a stage that was asked to end: its own last word, unless that is only that it was cancelled. */
function explainCancel(error: unknown, isAbandoned: boolean): unknown {
  if (error instanceof NexaError && !(error instanceof CancelledError)) return error;
  if (isAbandoned) return new CancelledError("The process that watched over it was killed, and so it ended too");
  return error instanceof CancelledError ? error : new CancelledError();
}

interface StageRun {
  readonly name: StageName;
  readonly options: StageCommandOptions;
  readonly project: Project;
  readonly launch: Launch | null;
  readonly job: JobRecorder;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

async function runInJob({ name, options, project, launch, job, reporter, signal }: StageRun): Promise<void> {
  const stage = await loadStage(name);
  const choices = launch?.choices ?? (await resolveChoices(project, { budgetUsd: options.budget }));
  const inputReadyAt =
    launch === null ? undefined : await waitForLaunch({ stage, choices, project, launch, job, signal });
  const inputOverride = options.input === undefined ? undefined : resolve(options.input);
  const retryFailed = launch?.retryFailed ?? options.retryFailed;
  await runStage(project, { stage, choices, reporter, signal, inputOverride, inputReadyAt, retryFailed });
  reporter.end();
  if (name === "evaluate" && launch === null) await printSummary(project);
}

async function waitForLaunch(
  run: { stage: Stage; choices: Choices } & Pick<StageRun, "project" | "job" | "signal"> & { launch: Launch },
): Promise<Date> {
  const { stage, choices, project, launch, job, signal } = run;
  const makers = stageInputs(project, { stage, choices }).map(({ from }) => from);
  const upstream = launch.stages.filter((candidate) => makers.includes(candidate));
  await job.setState("waiting");
  const readyAt = await waitForInputs({ projectDir: project.dir, upstream, signal });
  await job.setState("running");
  return readyAt;
}
