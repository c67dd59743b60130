import { existsSync } from "node:fs";
import { styleText } from "node:util";
import type { Project } from "../config/index.ts";
import { exitCodes, formatUsd } from "../core/index.ts";
import type { JobHandle } from "../launchers/index.ts";
import { type Choices, type StagePlan, stageNames } from "../stages/stage.ts";
import { formatCommand } from "./command-line.ts";
import type { LaunchPlan } from "./launch-plan.ts";
import type { ViewStream } from "./live-view.ts";
import { roles } from "./roles.ts";

/** Writes one line of a launch's own. */
export type Say = (line: string) => void;

export function createSay({ stream }: { stream: ViewStream }): Say {
  const paint = (line: string): string =>
    stream.isTTY === true ? styleText(["bold", "yellow"], line, { validateStream: false }) : line;
  return (line) => void stream.write(`launch: ${line.startsWith(offline) ? paint(line) : line}\n`);
}

const offline = "OFFLINE";

/** Says which model plays which role; an offline one must not be overlooked. */
export function announceChoices(choices: Choices, say: Say): void {
  for (const role of roles) {
    const { model, isOffline, reason } = choices[role];
    say(isOffline ? `${offline} ${role}: ${model} is used. ${reason ?? ""}` : `${role}: ${model}`);
  }
}

/** What teacher and judge would cost, before the first answer is bought. */
export async function sayCost(
  project: Project,
  { choices, isGenerated, say }: { choices: Choices; isGenerated: boolean; say: Say },
): Promise<void> {
  const plan = await planCalls(project, choices, { isGenerated });
  for (const line of describeCalls(plan, choices)) say(line);
}

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

export function saySessions({ done, running }: LaunchPlan, handles: readonly JobHandle[], say: Say): void {
  if (done.length > 0) say(`done already: ${done.join(", ")}`);
  if (running.length > 0) say(`running already, left as it is: ${running.join(", ")}`);
  if (handles.length > 0) say(`started: ${handles.map(({ job, session }) => `${job.name} (${session})`).join(", ")}`);
}

/** @returns whether the whole pipeline is done. */
export function sayNothingToDo({ done }: LaunchPlan, say: Say): boolean {
  const isWhole = done.length === stageNames.length;
  say(isWhole ? "nothing to do, everything is done" : `nothing to do: ${done.join(", ")} done already`);
  return isWhole;
}

/** How to look at stages that go on by themselves. @returns the exit code. */
export function sayComeBack(project: Project, say: Say): number {
  const command = (words: string): string => formatCommand(words, { projectDir: project.dir });
  say(`come back with:  ${command("status --watch")}  or  ${command("attach STAGE")}`);
  say(`end them with:   ${command("stop")}`);
  return exitCodes.ok;
}
