import { styleText } from "node:util";
import type { Project } from "../config/index.ts";
import { exitCodes } from "../core/index.ts";
import type { JobHandle } from "../launchers/index.ts";
import { type Choices, stageNames } from "../stages/stage.ts";
import { formatCommand } from "./command-line.ts";
import type { LaunchPlan } from "./launch-plan.ts";
import type { ViewStream } from "./live-view.ts";
import { describeCalls, planCalls } from "./plan-calls.ts";
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
