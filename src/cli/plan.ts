import { loadProject, type Project } from "../config/index.ts";
import { createReporter, formatCount, formatUsd, type Reporter } from "../core/index.ts";
import { assertNotBlocked, resolveChoices } from "../pipeline/choices.ts";
import { findLaunch } from "../pipeline/launch-file.ts";
import { planRun } from "../pipeline/order.ts";
import { describeCalls, planCalls, releaseUnseen } from "../pipeline/plan-calls.ts";
import { roles } from "../pipeline/roles.ts";
import { lockStage } from "../pipeline/run-stage.ts";
import type { Choices } from "../stages/stage.ts";
import { type GlobalOptions, type ModeName, withMode } from "./options.ts";
import { planToJson } from "./plan-json.ts";
import { listenForCancellation } from "./signals.ts";

export interface PlanOptions extends GlobalOptions {
  readonly budget?: number;
  readonly filters?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly mode?: ModeName;
  /** Rows to ask first; true for the usual number. */
  readonly try?: number | true;
  readonly releaseUnseen?: boolean;
}

const usualTries = 20;

/**
 * Says what is done, what is next, what it would cost and how long it would take, as a launch would go about it now. Calls no model, but the
 * teacher for a few rows under --try, and leaves the ledger as it is, but for --release-unseen.
 */
export async function runPlan(options: PlanOptions): Promise<void> {
  const { dir, set, mode, budget, filters, config, json, try: tries, releaseUnseen: isReleasing = false } = options;
  const overrides = withMode({ set, mode });
  const project = await loadProject({ dir, overrides, filtersConfigPath: filters, trainConfigPath: config });
  const budgetUsd = budget ?? (await findLaunch(project.dir))?.budgetUsd ?? undefined;
  const choices = await resolveChoices(project, { budgetUsd });
  const reporter = createReporter({ label: "plan" });
  if (isReleasing) await release(project, reporter);
  const tried = tries === undefined ? undefined : await tryFirst(project, { choices, tries, reporter });
  const stages = await planRun(project, choices);
  const isGenerated = stages.some(({ stage, isDone }) => stage === "generate" && isDone);
  const onProgress = sayProgress(reporter);
  const calls = await planCalls(project, choices, { isGenerated, onProgress, enough: tried });
  reporter.end();
  if (json === true) {
    const { mode: plannedMode } = project.distill;
    const plan = planToJson({ choices, mode: plannedMode, stages, calls });
    process.stdout.write(`${JSON.stringify(plan, null, 2)}\n`);
    return;
  }
  const lines = [
    ...roles.map((role) => describeRole(role, choices)),
    `budget   ${choices.budgetUsd === null ? "none: no model with a price is called" : formatUsd(choices.budgetUsd)}`,
    "",
    ...describeCalls(calls, choices),
    "",
    ...stages.map(({ stage, isDone }) => `${stage.padEnd(9)}${isDone ? "done" : "to do"}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function release(project: Project, reporter: Reporter): Promise<void> {
  const { calls, usd } = await releaseUnseen(project);
  const what = calls === 1 ? "1 call" : `${formatCount(calls)} calls`;
  reporter.info(
    calls === 0
      ? "nothing is held for calls whose outcome was not seen"
      : `${formatUsd(usd)} of the budget is given back, held for ${what} whose outcome was not seen`,
  );
}

interface TryOptions {
  readonly choices: Choices;
  readonly tries: number | true;
  readonly reporter: Reporter;
}

/** @returns how many answers there must be to go by; undefined where the usual number is needed. */
async function tryFirst(project: Project, { choices, tries, reporter }: TryOptions): Promise<number | undefined> {
  assertNotBlocked("generate", { choices, project });
  const { tryPrompts } = await import("../stages/generate/index.ts");
  await using _lock = await lockStage(project, "generate");
  using cancellation = listenForCancellation();
  const count = tries === true ? usualTries : tries;
  const { signal } = cancellation;
  const { bought, found } = await tryPrompts(project, { choices, count, reporter, signal });
  return bought + found === 0 ? undefined : Math.min(usualTries, bought + found);
}

/** Counting takes a second for 12 MB: it is said where it takes longer. */
function sayProgress(reporter: Reporter): (rows: number) => void {
  const startedAt = Date.now();
  return (rows) => {
    if (Date.now() - startedAt > 2_000) reporter.progress({ done: rows, total: null, detail: "rows counted" });
  };
}

function describeRole(role: (typeof roles)[number], choices: Choices): string {
  const { model, isOffline, reason, blocked } = choices[role];
  const note = isOffline
    ? ` (OFFLINE: ${reason ?? ""})`
    : blocked === undefined
      ? ""
      : ` (CANNOT BE USED: ${blocked.message})`;
  return `${role.padEnd(9)}${model}${note}`;
}
