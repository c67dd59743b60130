import type { Project } from "../config/index.ts";
import { acquireLock, CancelledError, formatCount, formatDuration, type Reporter } from "../core/index.ts";
import type { Choices, Stage, StageName } from "../stages/stage.ts";
import { assertNotBlocked } from "./choices.ts";
import { countFailed, isStageDone, sealStage, stageInputs, verifyInputs } from "./manifest.ts";
import { rolesOf } from "./roles.ts";

export interface RunStageOptions {
  readonly stage: Stage;
  readonly choices: Choices;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Absolute path of the command line's file in the place of the stage's first input. */
  readonly inputOverride?: string | undefined;
  /** When the inputs were ready, for a stage that waited for them; now otherwise. */
  readonly inputReadyAt?: Date | undefined;
  /** Ask calls again that failed for good before, though the stage is done. */
  readonly retryFailed?: boolean | undefined;
}

/** The lock that keeps a stage from running twice at once. */
export async function lockStage(project: Project, stage: StageName) {
  return acquireLock(project.path(".nexa/locks", `${stage}.lock`), `nexa ${stage}`);
}

/**
 * Runs one stage to its sealed manifest, or says that it is done already. The caller holds the stage's lock.
 * @throws DataError for an input that is missing or not what its stage sealed; whatever the stage throws; CancelledError on the signal.
 */
export async function runStage(project: Project, options: RunStageOptions): Promise<"done already" | "sealed"> {
  const { stage, choices, reporter, signal, inputOverride, retryFailed = false } = options;
  const startedAt = new Date();
  const inputReadyAt = options.inputReadyAt ?? startedAt;
  const inputs = await verifyInputs(project, stageInputs(project, options));
  if (await isStageDone(project, options)) {
    const failed = retryFailed ? await countFailed(project, stage.name) : 0;
    const why = retryFailed ? "nothing failed" : "outputs, inputs and settings are those of its manifest";
    if (failed === 0) {
      reporter.info(`already done: ${why}; nothing to do`);
      return "done already";
    }
    reporter.info(`done but for ${formatCount(failed)} failed rows: these are asked again`);
  }
  assertNotBlocked(stage.name, { choices, project });
  announceChoices(project, options);
  if (inputOverride !== undefined) reporter.warn(`${inputOverride} is used as it is: no manifest vouches for it`);
  const result = await stage.run(project, {
    choices,
    reporter,
    signal,
    inputOverride,
    retryFailed,
    inputReadyAt: inputReadyAt.getTime(),
  });
  if (signal.aborted) throw new CancelledError();
  const manifest = await sealStage(project, { ...options, inputs, result, startedAt, inputReadyAt });
  reporter.info(`done in ${formatDuration(manifest.seconds)}: ${manifest.outputs.map(({ path }) => path).join(", ")}`);
  return "sealed";
}

function announceChoices(project: Project, { stage, choices, reporter }: RunStageOptions): void {
  for (const role of rolesOf(stage.name, project)) {
    const { model, isOffline, reason } = choices[role];
    if (isOffline) reporter.loud(`OFFLINE ${role}: ${model} is used. ${reason ?? ""}`);
    else reporter.info(`${role}: ${model}`);
  }
}
