import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { loadProject, type Project } from "../config/index.ts";
import { formatUsd, UsageError } from "../core/index.ts";
import type { StageName } from "../stages/stage.ts";
import { resolveChoices } from "./choices.ts";
import { findLaunch, type Launch, loadLaunchedProject } from "./launch-file.ts";
import { findRunningOf } from "./launch-plan.ts";

export interface DecideOptions {
  readonly dir: string;
  readonly overrides?: readonly string[] | undefined;
  readonly filtersConfigPath?: string | undefined;
  readonly trainConfigPath?: string | undefined;
  readonly budgetUsd?: number | undefined;
  readonly retryFailed?: boolean | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** What a launch uses, for all of its stages. */
export interface Decision {
  readonly project: Project;
  readonly choices: Launch["choices"];
  readonly launch: Launch;
  /** Worth a line each. */
  readonly notes: readonly string[];
}

/**
 * The decisions of the last one while its stages run; new ones otherwise, within the last one's budget if none is given.
 * @throws UsageError when stages still run with other settings than these.
 */
export async function decideLaunch(options: DecideOptions): Promise<Decision> {
  const last = await findLaunch(resolve(options.dir));
  const running = await findRunningOf(resolve(options.dir), last);
  if (last !== null && running.length > 0) return keepDecisions(options, { last, running });
  const project = await loadProject(options);
  const inherited = options.budgetUsd === undefined ? (last?.budgetUsd ?? null) : null;
  const budgetUsd = options.budgetUsd ?? inherited ?? undefined;
  const choices = await resolveChoices(project, { env: options.env, budgetUsd });
  const launch: Launch = {
    id: randomBytes(4).toString("hex"),
    launchedAt: new Date().toISOString(),
    overrides: project.overrides,
    filtersConfigPath: project.filtersConfigPath,
    trainConfigPath: project.trainConfigPath,
    budgetUsd: budgetUsd ?? null,
    retryFailed: options.retryFailed === true,
    choices,
    stages: [],
  };
  const notes =
    inherited === null ? [] : [`the last launch's budget of ${formatUsd(inherited)} still holds (--budget changes it)`];
  const dropped = (last?.overrides ?? []).filter((word) => !project.overrides.includes(word));
  if (dropped.length > 0)
    notes.push(
      `of the last launch's settings these hold no longer, as they were not given again: ${dropped.join(", ")}`,
    );
  return { project, choices, launch, notes };
}

async function keepDecisions(
  options: DecideOptions,
  { last, running }: { last: Launch; running: readonly StageName[] },
): Promise<Decision> {
  const { dir, overrides = [], budgetUsd } = options;
  const project = await loadLaunchedProject(dir, last);
  const { filtersConfigPath: filters, trainConfigPath: train } = options;
  const wanted = filters === undefined && train === undefined ? null : await loadProject(options);
  const isOther =
    (overrides.length > 0 && overrides.join("\n") !== last.overrides.join("\n")) ||
    (budgetUsd !== undefined && budgetUsd !== last.budgetUsd) ||
    (options.retryFailed === true && !last.retryFailed) ||
    (filters !== undefined && wanted?.filtersConfigPath !== last.filtersConfigPath) ||
    (train !== undefined && wanted?.trainConfigPath !== last.trainConfigPath);
  if (isOther) {
    throw new UsageError(`${running.join(", ")} still runs with other settings than these`, {
      hint: "End it first with `nexa stop`, or launch without --set, --mode, --budget, --retry-failed, --filters and --config to go on with its settings.",
    });
  }
  return {
    project,
    choices: last.choices,
    launch: last,
    notes: [`the decisions of launch ${last.id} hold, as its stages still run`],
  };
}
