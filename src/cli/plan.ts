import { loadProject } from "../config/index.ts";
import { formatUsd } from "../core/index.ts";
import { resolveChoices } from "../pipeline/choices.ts";
import { findLaunch } from "../pipeline/launch-file.ts";
import { planRun } from "../pipeline/order.ts";
import { type CallPlan, describeCalls, planCalls } from "../pipeline/plan-calls.ts";
import { roles } from "../pipeline/roles.ts";
import type { Choices, StagePlan } from "../stages/stage.ts";
import type { GlobalOptions } from "./options.ts";

export interface PlanOptions extends GlobalOptions {
  readonly budget?: number;
  readonly config?: string;
  readonly json?: boolean;
}

/** Says what is done, what is next and what it would cost, as a launch would go about it now, without calling a model. */
export async function runPlan({ dir, set, budget, config, json }: PlanOptions): Promise<void> {
  const project = await loadProject({ dir, overrides: set, trainConfigPath: config });
  const budgetUsd = budget ?? (await findLaunch(project.dir))?.budgetUsd ?? undefined;
  const choices = await resolveChoices(project, { budgetUsd });
  const stages = await planRun(project, choices);
  const isGenerated = stages.some(({ stage, isDone }) => stage === "generate" && isDone);
  const calls = await planCalls(project, choices, { isGenerated });
  if (json === true) {
    process.stdout.write(`${JSON.stringify(toJson({ choices, stages, calls }), null, 2)}\n`);
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

function describeRole(role: (typeof roles)[number], choices: Choices): string {
  const { model, isOffline, reason, blocked } = choices[role];
  const note = isOffline
    ? ` (OFFLINE: ${reason ?? ""})`
    : blocked === undefined
      ? ""
      : ` (CANNOT BE USED: ${blocked.message})`;
  return `${role.padEnd(9)}${model}${note}`;
}

function toJson({
  choices,
  stages,
  calls: { generate, filter, totalCostUsd },
}: {
  choices: Choices;
  stages: Awaited<ReturnType<typeof planRun>>;
  calls: CallPlan;
}) {
  const roleEntries = roles.map((role) => {
    const { model, isOffline, reason, blocked } = choices[role];
    return [role, { model, is_offline: isOffline, reason, blocked: blocked?.message ?? null }] as const;
  });
  return {
    choices: Object.fromEntries(roleEntries),
    budget_usd: choices.budgetUsd,
    stages: stages.map(({ stage, isDone }) => ({ name: stage, is_done: isDone })),
    generate: planToJson(generate),
    filter: planToJson(filter),
    total_cost_usd: costToJson(totalCostUsd),
  };
}

function planToJson({ rows, calls, tokens, costUsd }: StagePlan) {
  return {
    rows,
    calls: { to_make: calls.toMake, already_bought: calls.alreadyBought },
    tokens: {
      prompt: tokens.prompt,
      completion_low: tokens.completionLow,
      completion_high: tokens.completionHigh,
    },
    cost_usd: costToJson(costUsd),
  };
}

function costToJson({ low, high, isKnown }: StagePlan["costUsd"]) {
  return { low, high, is_known: isKnown };
}
