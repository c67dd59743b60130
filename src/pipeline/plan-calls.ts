import { existsSync } from "node:fs";
import type { Project } from "../config/index.ts";
import { formatUsd } from "../core/index.ts";
import type { Choices, StagePlan } from "../stages/stage.ts";

/** What is still to be asked of the models that may cost money. */
export interface CallPlan {
  readonly generate: StagePlan;
  readonly filter: StagePlan;
  /** Both together; not known where one of them is not. */
  readonly totalCostUsd: StagePlan["costUsd"];
  /** Dollars of the project's budget that are spent or held back already. */
  readonly spentUsd: number;
}

/** @param isGenerated whether the teacher's answers are sealed, so that the judge's calls can be counted on them. */
export async function planCalls(
  project: Project,
  choices: Choices,
  { isGenerated }: { readonly isGenerated: boolean },
): Promise<CallPlan> {
  const { planGenerate } = await import("../stages/generate/index.ts");
  const { planFilter } = await import("../stages/filter/index.ts");
  const generate = await planGenerate(project, choices);
  const filter = await planFilter(project, choices, { toCome: isGenerated ? null : generate.toCome });
  const totalCostUsd = {
    low: generate.costUsd.low + filter.costUsd.low,
    high: generate.costUsd.high + filter.costUsd.high,
    isKnown: generate.costUsd.isKnown && filter.costUsd.isKnown,
  };
  return { generate, filter, totalCostUsd, spentUsd: await readSpent(project) };
}

async function readSpent(project: Project): Promise<number> {
  const { ledgerPath, openLedger } = await import("../calls/index.ts");
  const file = project.path(ledgerPath);
  if (!existsSync(file)) return 0;
  using ledger = openLedger(file);
  const { boughtUsd, reservedUsd } = ledger.spending();
  return boughtUsd + reservedUsd;
}

/** The plan's lines, the sum where both cost something, and whether the budget may end it early. */
export function describeCalls(
  { generate, filter, totalCostUsd, spentUsd }: CallPlan,
  { budgetUsd }: Pick<Choices, "budgetUsd">,
): string[] {
  const { low, high, isKnown } = totalCostUsd;
  const lines = [...generate.lines, ...filter.lines];
  if (isKnown && generate.costUsd.high > 0 && filter.costUsd.high > 0)
    lines.push(`teacher and judge together cost ${formatUsd(low)} to ${formatUsd(high)}`);
  const isEnough = high === 0 || budgetUsd === null || budgetUsd - spentUsd >= high;
  if (isEnough || !isKnown) return lines;
  const budget = `the budget of ${formatUsd(budgetUsd)}${spentUsd > 0 ? `, of which ${formatUsd(spentUsd)} is spent,` : ""}`;
  const outlook =
    budgetUsd - spentUsd < low
      ? "below the lowest estimate: it will stop the run part-way"
      : "below the highest estimate: it may stop the run part-way";
  return [...lines, `${budget} is ${outlook}; what is bought is kept`];
}
