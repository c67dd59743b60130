import { resolve } from "node:path";
import { loadProject, type Project } from "../config/index.ts";
import { exitCodes, UsageError } from "../core/index.ts";
import { findLaunch, loadLaunchedProject } from "../pipeline/launch-file.ts";
import { findRunning } from "../pipeline/launch-plan.ts";
import { watchSignals } from "../pipeline/launch-signals.ts";
import { watchStages } from "../pipeline/launch-watch.ts";
import { createStatusView } from "../pipeline/live-view.ts";
import { describeNextSteps } from "../pipeline/next-steps.ts";
import { collectStatus, statusToJson } from "../pipeline/status.ts";
import { formatStatusTable } from "../pipeline/status-table.ts";
import type { GlobalOptions } from "./options.ts";

/** Columns where the output is no terminal, so that a note is not cut short in a file. */
const plainWidth = 200;

export interface StatusOptions extends GlobalOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly config?: string;
}

/** Prints where each stage is, on stdout; with `watch` until none runs. @returns the exit code. */
export async function runStatus(options: StatusOptions): Promise<number> {
  if (options.watch === true && options.json === true) {
    throw new UsageError("--watch and --json do not go together", {
      hint: "Call `nexa status --json` again and again.",
    });
  }
  const project = await loadShownProject(options);
  if (options.watch === true) return watchStatus(project);
  const status = await collectStatus(project);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(statusToJson(status), null, 2)}\n`);
    return exitCodes.ok;
  }
  const isTerminal = process.stdout.isTTY === true;
  const width = isTerminal ? (process.stdout.columns ?? 80) : plainWidth;
  const hasColor = isTerminal && process.stdout.hasColors();
  const steps = describeNextSteps(status);
  const lines = [...formatStatusTable(status, { width, hasColor }), ...(steps.length === 0 ? [] : ["", ...steps])];
  process.stdout.write(`${lines.join("\n")}\n`);
  return exitCodes.ok;
}

/** With the last launch's settings, which say where its outputs are, unless the command line names its own. */
async function loadShownProject({ dir, set, config }: StatusOptions): Promise<Project> {
  const last = set.length > 0 || config !== undefined ? null : await findLaunch(resolve(dir));
  return last === null ? loadProject({ dir, overrides: set, trainConfigPath: config }) : loadLaunchedProject(dir, last);
}

async function watchStatus(project: Project): Promise<number> {
  using interruption = watchSignals();
  await watchStages(project, {
    stages: [],
    view: createStatusView(process.stdout),
    signal: interruption.signal,
    isOver: async () => (await findRunning(project.dir)).length === 0,
  });
  return exitCodes.ok;
}
