import { findProjectDir } from "../config/index.ts";
import { exitCodes } from "../core/index.ts";
import { closeEndedSessions, createTmux, type StopOutcome } from "../launchers/index.ts";
import { formatCommand } from "../pipeline/command-line.ts";
import { parseStage } from "../pipeline/stage-argument.ts";
import { stopStages } from "../pipeline/stop.ts";
import type { StageName } from "../stages/stage.ts";
import type { GlobalOptions } from "./options.ts";

const words: Readonly<Record<StopOutcome, string>> = {
  not_running: "does not run",
  ended: "ended in order",
  killed: "did not end in time and was killed",
  unreachable: "runs on another host: stop it there",
};

/** Ends one stage or all, and says what came of each. @returns 0, or 4 when one is out of reach. */
export async function runStop(
  word: string | undefined,
  { dir, graceMs }: Pick<GlobalOptions, "dir"> & { graceMs: number },
): Promise<number> {
  const stage = word === undefined ? undefined : parseStage(word);
  const projectDir = await findProjectDir(dir);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const onOutcome = (name: StageName, outcome: StopOutcome): void => say(`${name}: ${words[outcome]}`);
  const outcomes = await stopStages(projectDir, { stage, graceMs, onOutcome });
  if (stage === undefined) {
    const closed = await closeEndedSessions(createTmux(), projectDir);
    if (closed.length > 0) say(`closed the tmux sessions of ended stages: ${closed.join(", ")} (their logs stay)`);
  }
  if (outcomes.size === 0) say(stage === undefined ? "no stage runs" : `${stage} does not run`);
  else say(`${formatCommand("launch", { projectDir })} goes on from there`);
  return [...outcomes.values()].includes("unreachable") ? exitCodes.stage : exitCodes.ok;
}
