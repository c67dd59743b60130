import { readJobStatus, type StopOutcome, stopJob, stopProcess } from "../launchers/index.ts";
import { type StageName, stageNames } from "../stages/stage.ts";
import { jobFolder, readJobRecord } from "./job-record.ts";
import { readJobState } from "./job-state.ts";

export interface StopStagesOptions {
  /** This one, and those after it that wait for it; all when left out. */
  readonly stage?: StageName | undefined;
  /** How long a stage may take to end in order before SIGKILL. */
  readonly graceMs?: number | undefined;
  readonly onOutcome?: (stage: StageName, outcome: StopOutcome) => void;
}

/**
 * Ends stages in order: what waits first, from the last to the first, so that none starts or fails because of another's end; then what runs.
 * @returns what came of each stage that was there.
 */
export async function stopStages(
  projectDir: string,
  options: StopStagesOptions = {},
): Promise<Map<StageName, StopOutcome>> {
  const { stage, graceMs, onOutcome } = options;
  const outcomes = new Map<StageName, StopOutcome>();
  for (const name of await findTargets(projectDir, stage)) {
    const outcome = await stopStage(projectDir, name, graceMs);
    if (outcome === "not_running") continue;
    outcomes.set(name, outcome);
    onOutcome?.(name, outcome);
  }
  return outcomes;
}

async function findTargets(projectDir: string, only: StageName | undefined): Promise<StageName[]> {
  const states = await Promise.all(
    stageNames.map(async (name) => ({ name, ...(await readJobState(projectDir, name)) })),
  );
  const alive = states.filter((job) => job.isAlive);
  const first = only === undefined ? 0 : stageNames.indexOf(only);
  const waiting = alive.filter(({ name, state }) => state === "waiting" && stageNames.indexOf(name) > first);
  const rest = alive.filter((job) => !waiting.includes(job) && (only === undefined || job.name === only));
  return [...waiting.reverse(), ...rest].map(({ name }) => name);
}

/** A launched stage by its wrapper's record, one started by hand by its own. */
async function stopStage(projectDir: string, stage: StageName, graceMs: number | undefined): Promise<StopOutcome> {
  const folder = jobFolder(projectDir, stage);
  const { phase } = await readJobStatus(folder);
  if (phase === "running" || phase === "unknown") return stopJob(folder, { graceMs });
  const job = await readJobRecord(folder);
  return job === null ? "not_running" : stopProcess(folder, { process: job, graceMs });
}
