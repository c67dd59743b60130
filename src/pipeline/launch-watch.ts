import { setTimeout as sleep } from "node:timers/promises";
import type { Project } from "../config/index.ts";
import { type ExitCode, exitCodes, toSafeLine } from "../core/index.ts";
import type { StageName } from "../stages/stage.ts";
import { formatCommand, quoteWord } from "./command-line.ts";
import { type JobState, readJobState } from "./job-state.ts";
import { logFile } from "./launch-jobs.ts";
import type { StatusView } from "./live-view.ts";
import { collectStatus } from "./status.ts";

export interface WatchOptions {
  readonly stages: readonly StageName[];
  readonly view: StatusView;
  /** Ends the watching, not the stages. */
  readonly signal: AbortSignal;
  /** Asked beside the stages' own end, e.g. whether another launch is over. */
  readonly isOver?: () => Promise<boolean>;
}

const pollMs = 250;

/** Shows the pipeline until every stage of the list has ended. @returns "interrupted" when the signal came first. */
export async function watchStages(project: Project, options: WatchOptions): Promise<"ended" | "interrupted"> {
  const { stages, view, signal, isOver } = options;
  try {
    for (;;) {
      if (signal.aborted) return "interrupted";
      const hasEnded = isOver === undefined ? await haveEnded(project.dir, stages) : await isOver();
      view.show(await collectStatus(project));
      if (hasEnded) return "ended";
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    view.end();
  }
}

async function haveEnded(projectDir: string, stages: readonly StageName[]): Promise<boolean> {
  const states = await Promise.all(stages.map((stage) => readJobState(projectDir, stage)));
  return states.every(({ state, isAlive }) => state !== null && !isAlive);
}

/** How a pipeline ended: by its first stage, in order, that did not succeed. */
export interface Verdict {
  readonly exitCode: ExitCode;
  /** What to say about it; empty where all went well. */
  readonly lines: readonly string[];
}

export async function judgeStages(project: Project, stages: readonly StageName[]): Promise<Verdict> {
  for (const stage of stages) {
    const job = await readJobState(project.dir, stage);
    if (job.state !== "succeeded") return { exitCode: exitCodeOf(job), lines: describeBadEnd(project, stage, job) };
  }
  return { exitCode: exitCodes.ok, lines: [] };
}

/** The stage's own exit code where it is one of ours; a stage that a signal ended, or that is gone, has failed. */
function exitCodeOf({ state, exitCode }: JobState): ExitCode {
  if (state === "stopped") return exitCodes.cancelled;
  return Object.values(exitCodes).find((known) => known === exitCode && known !== exitCodes.ok) ?? exitCodes.stage;
}

function describeBadEnd(project: Project, stage: StageName, { state, exitCode, error, hint }: JobState): string[] {
  const command = (words: string): string => `\`${formatCommand(words, { projectDir: project.dir })}\``;
  const again = command(["launch", ...project.overrides.map((word) => `--set ${quoteWord(word)}`)].join(" "));
  const code = exitCode === null ? "" : ` (exit code ${exitCode})`;
  const why = error === null ? "" : `: ${toSafeLine(error, 500)}`;
  const remedy =
    state === "stopped" ? `${again} goes on from there.` : `${again} starts it again and keeps what is finished.`;
  return [
    `${stage} ${state === null ? "never started" : state === "lost" ? "is lost" : state}${code}${why}`,
    ...(hint === null || state === "stopped" ? [] : [`  ${toSafeLine(hint, 500)}`]),
    `  log: ${logFile(project.dir, stage)}`,
    `  ${remedy}`,
  ];
}
