import { existsSync } from "node:fs";
import type { Project } from "../config/index.ts";
import { formatCount, formatUsd } from "../core/index.ts";
import type { Choices, StagePlan } from "../stages/stage.ts";

/** What is still to be asked of the models that may cost money. */
export interface CallPlan {
  readonly generate: StagePlan;
  readonly filter: StagePlan;
  /** Both together; not known where one of them is not. */
  readonly totalCostUsd: StagePlan["costUsd"];
  readonly spending: PlannedSpending;
  /**
   * Dollars that would do, in all; for the models that the configuration names where no budget is given. Null where nothing is to be bought
   * or a price is not known.
   */
  readonly enoughBudgetUsd: number | null;
}

/** What counts against the project's budget already. */
export interface PlannedSpending {
  /** Dollars of all bought answers. */
  readonly boughtUsd: number;
  /** Dollars held back, those of `unseen` included. */
  readonly heldUsd: number;
  /** Calls of runs that were killed, or whose connection broke: they may have been charged. */
  readonly unseen: { readonly calls: number; readonly usd: number };
  /** Calls of batches that are not over. */
  readonly inBatches: number;
}

export interface PlanCallsOptions {
  /** Whether the teacher's answers are sealed, so that the judge's calls can be counted on them. */
  readonly isGenerated: boolean;
  /** Told now and then how many prompts are counted. */
  readonly onProgress?: ((rows: number) => void) | undefined;
  /** Fewest answers in the ledger that are taken for the length of the next ones. */
  readonly enough?: number | undefined;
}

export async function planCalls(
  project: Project,
  choices: Choices,
  { isGenerated, onProgress, enough }: PlanCallsOptions,
): Promise<CallPlan> {
  const { planGenerate } = await import("../stages/generate/index.ts");
  const { planFilter } = await import("../stages/filter/index.ts");
  const generate = await planGenerate(project, choices, { onProgress, enough });
  const filter = await planFilter(project, choices, { toCome: isGenerated ? null : generate.toCome });
  const totalCostUsd = {
    low: generate.costUsd.low + filter.costUsd.low,
    high: generate.costUsd.high + filter.costUsd.high,
    isKnown: generate.costUsd.isKnown && filter.costUsd.isKnown,
  };
  const spending = await readSpending(project);
  // Without a budget the offline models stand in: one that is given is to be for the models that the configuration names.
  const named = [generate, filter].map((plan) => (choices.budgetUsd === null ? (plan.instead ?? plan) : plan));
  return { generate, filter, totalCostUsd, spending, enoughBudgetUsd: enoughBudget(named, spending) };
}

function enoughBudget(
  named: readonly Pick<StagePlan, "costUsd" | "worstCallUsd">[],
  { boughtUsd, heldUsd }: PlannedSpending,
): number | null {
  const high = named.reduce((sum, { costUsd }) => sum + costUsd.high, 0);
  if (high === 0 || named.some(({ costUsd }) => !costUsd.isKnown)) return null;
  const worstCallUsd = Math.max(...named.map((plan) => plan.worstCallUsd));
  return roundUpDollars(boughtUsd + heldUsd + high + worstCallUsd);
}

async function readSpending(project: Project): Promise<PlannedSpending> {
  const { ledgerPath, readLedger } = await import("../calls/index.ts");
  using ledger = readLedger(project.path(ledgerPath));
  if (ledger === null) return { boughtUsd: 0, heldUsd: 0, unseen: { calls: 0, usd: 0 }, inBatches: 0 };
  const { boughtUsd, reservedUsd: heldUsd } = ledger.spending();
  const { calls, usd } = ledger.unseen();
  const inBatches = ledger.batches.unfinished().reduce((sum, batch) => sum + batch.calls, 0);
  return { boughtUsd, heldUsd, unseen: { calls, usd }, inBatches };
}

/** Gives back what is held for calls whose outcome nobody saw. @returns how many they were, and their dollars. */
export async function releaseUnseen(project: Project): Promise<PlannedSpending["unseen"]> {
  const { ledgerPath, openLedger } = await import("../calls/index.ts");
  const path = project.path(ledgerPath);
  if (!existsSync(path)) return { calls: 0, usd: 0 };
  using ledger = openLedger(path);
  const { calls, usd } = ledger.unseen();
  ledger.releaseUnseen();
  return { calls, usd };
}

/** A sum that people would give: up to the next of two digits, and to whole cents. */
export function roundUpDollars(usd: number): number {
  const cents = Math.ceil(usd * 100 - 1e-6);
  const step = 10 ** Math.max(0, String(cents).length - 2);
  return (Math.ceil(cents / step) * step) / 100;
}

/** The plan's lines, the sum where both cost something, what is held, and whether the budget will do. */
export function describeCalls(plan: CallPlan, { budgetUsd }: Pick<Choices, "budgetUsd">): string[] {
  const { generate, filter, totalCostUsd } = plan;
  const { low, high, isKnown } = totalCostUsd;
  const lines = [...generate.lines, ...filter.lines];
  if (isKnown && generate.costUsd.high > 0 && filter.costUsd.high > 0)
    lines.push(`teacher and judge together cost ${formatUsd(low)} to ${formatUsd(high)}`);
  const { inBatches } = plan.spending;
  if (inBatches > 0)
    lines.push(
      `${formatCount(inBatches)} calls were sent by batch: the next start brings their answers in before it asks anything`,
    );
  const held = describeHeld(plan.spending);
  if (held !== null) lines.push(held);
  const outlook = describeBudget(plan, budgetUsd);
  return outlook === null ? lines : [...lines, outlook];
}

function describeHeld({ unseen, heldUsd }: PlannedSpending): string | null {
  if (unseen.calls > 0)
    return `up to ${formatUsd(unseen.usd)} of the budget is held for ${formatCount(unseen.calls)} calls whose outcome was not seen, as a run was killed or a connection was cut; once you have looked at the provider's bill, give it back with --release-unseen`;
  return heldUsd > 0 ? `${formatUsd(heldUsd)} of the budget is held for calls that are on their way` : null;
}

function describeBudget(plan: CallPlan, budgetUsd: number | null): string | null {
  const { totalCostUsd, spending, enoughBudgetUsd } = plan;
  const { low, high, isKnown } = totalCostUsd;
  if (enoughBudgetUsd === null || !isKnown) return null;
  const enough = `--budget ${formatDollars(enoughBudgetUsd)} would do`;
  if (budgetUsd === null) return high === 0 ? `instead: ${enough}` : enough;
  const spentUsd = spending.boughtUsd + spending.heldUsd;
  const left = budgetUsd - spentUsd;
  if (left >= high) return null;
  const budget = `the budget of ${formatUsd(budgetUsd)}${spentUsd > 0 ? `, of which ${formatUsd(spentUsd)} is spent or held,` : ""}`;
  const outlook =
    left < low
      ? "below the lowest estimate: it will stop the run part-way"
      : "below the highest estimate: it may stop the run part-way";
  return `${budget} is ${outlook}; what is bought is kept, and ${enough}`;
}

/** As it is typed: 12, 0.50. */
function formatDollars(usd: number): string {
  return Number.isInteger(usd) ? String(usd) : usd.toFixed(2);
}
