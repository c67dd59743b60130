import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Project } from "../config/index.ts";
import { UsageError } from "../core/index.ts";
import {
  clearJobFolder,
  createForegroundLauncher,
  createTmux,
  createTmuxLauncher,
  type ForegroundLauncher,
  hasTmux,
  type Job,
  type JobHandle,
  type Launcher,
  type LauncherName,
} from "../launchers/index.ts";
import { type StageName, sessionNames } from "../stages/stage.ts";
import { jobFolder } from "./job-record.ts";

/** The argv that runs one stage of a launch. */
export type StageArgv = (project: Project, stage: StageName) => readonly string[];

/** bin/nexa.js lies two folders above this file, in a checkout and in an install. */
const nexaProgram = fileURLToPath(new URL("../../bin/nexa.js", import.meta.url));

export const stageArgv: StageArgv = (project, stage) => [
  process.execPath,
  nexaProgram,
  "-C",
  project.dir,
  stage,
  "--launched",
];

export interface ChosenLauncher {
  readonly launcher: Launcher;
  /** The same one where the jobs are children of this process. */
  readonly foreground: ForegroundLauncher | null;
  /** Worth a line: why it is another one than was asked for. */
  readonly note: string | null;
}

/**
 * The launcher that was asked for, or the foreground where there is no tmux.
 * @throws UsageError when the foreground is to be detached; JobError when tmux is too old.
 */
export async function chooseLauncher(
  name: LauncherName,
  { isDetached = false, env = process.env }: { isDetached?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<ChosenLauncher> {
  const tmux = createTmux({ env });
  const isTmuxThere = name === "tmux" && (await hasTmux(tmux));
  if (isTmuxThere) return { launcher: createTmuxLauncher({ tmux }), foreground: null, note: null };
  if (isDetached) {
    const why = name === "tmux" ? "tmux is not installed" : "the foreground launcher's stages end with this command";
    throw new UsageError(`--detach is not possible: ${why}`, { hint: "Install tmux, or leave --detach away." });
  }
  const foreground = createForegroundLauncher();
  const note =
    name === "tmux" ? "tmux is not installed: the stages run in the foreground and end with this command" : null;
  return { launcher: foreground, foreground, note };
}

export interface StartStagesOptions {
  readonly launcher: Launcher;
  readonly stages: readonly StageName[];
  readonly argv: StageArgv;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Starts the stages, each in a clean job folder, so that none waits for what an earlier run left.
 * @throws JobError when one cannot be started; those that were are stopped again.
 */
export async function startStages(project: Project, options: StartStagesOptions): Promise<JobHandle[]> {
  const { launcher, stages, argv, env } = options;
  const jobs = stages.map((stage) => describeJob(project, { stage, argv: argv(project, stage), env }));
  await Promise.all(jobs.map(({ jobDir }) => clearJobFolder(jobDir)));
  const started = await Promise.allSettled(jobs.map((job) => launcher.start(job)));
  const handles = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failure = started.find((result) => result.status === "rejected");
  if (failure === undefined) return handles;
  await Promise.all(handles.map((handle) => launcher.stop(handle, { graceMs: 5_000 })));
  throw failure.reason;
}

function describeJob(
  project: Project,
  about: { stage: StageName; argv: readonly string[]; env: NodeJS.ProcessEnv },
): Job {
  const { stage, argv, env } = about;
  const session = sessionNames[stage];
  const { TMUX: _socket, TMUX_PANE: _pane, ...rest } = env;
  const known = Object.entries(rest).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    name: stage,
    session,
    argv,
    cwd: project.dir,
    env: Object.fromEntries(known),
    logFile: logFile(project.dir, stage),
    jobDir: jobFolder(project.dir, stage),
  };
}

/** Where a stage's lines go: always by the plain session name. */
export function logFile(projectDir: string, stage: StageName): string {
  return `${projectDir}/logs/${sessionNames[stage]}.log`;
}

/** The logs of a stage that exist, the oldest first. */
export function logFiles(projectDir: string, stage: StageName): string[] {
  const newest = logFile(projectDir, stage);
  return [`${newest}.3`, `${newest}.2`, `${newest}.1`, newest].filter((path) => existsSync(path));
}
