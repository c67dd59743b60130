import type { PlannedStage } from "../pipeline/order.ts";
import type { CallPlan } from "../pipeline/plan-calls.ts";
import { roles } from "../pipeline/roles.ts";
import type { Choices, StagePlan } from "../stages/stage.ts";

export interface PlanFacts {
  readonly choices: Choices;
  readonly mode: string;
  readonly stages: readonly PlannedStage[];
  readonly calls: CallPlan;
}

/** The shape of `nexa plan --json`. */
export function planToJson({ choices, mode, stages, calls }: PlanFacts) {
  const { generate, filter, totalCostUsd, spending, enoughBudgetUsd } = calls;
  const roleEntries = roles.map((role) => {
    const { model, isOffline, reason, blocked } = choices[role];
    return [role, { model, is_offline: isOffline, reason, blocked: blocked?.message ?? null }] as const;
  });
  return {
    choices: Object.fromEntries(roleEntries),
    mode,
    budget_usd: choices.budgetUsd,
    enough_budget_usd: enoughBudgetUsd,
    spent_usd: spending.boughtUsd,
    held_usd: spending.heldUsd,
    unseen: { calls: spending.unseen.calls, usd: spending.unseen.usd },
    stages: stages.map(({ stage, isDone }) => ({ name: stage, is_done: isDone })),
    generate: stageToJson(generate),
    filter: stageToJson(filter),
    total_cost_usd: costToJson(totalCostUsd),
  };
}

function stageToJson({ rows, calls, tokens, costUsd, timeSeconds }: StagePlan) {
  return {
    rows,
    calls: { to_make: calls.toMake, already_bought: calls.alreadyBought },
    tokens: {
      prompt: tokens.prompt,
      completion_low: tokens.completionLow,
      completion_high: tokens.completionHigh,
      is_exact: tokens.isExact,
    },
    cost_usd: costToJson(costUsd),
    time_seconds: timeSeconds === null ? null : { low: timeSeconds.low, high: timeSeconds.high },
  };
}

function costToJson({ low, high, isKnown }: StagePlan["costUsd"]) {
  return { low, high, is_known: isKnown };
}
