import type { Project } from "../config/index.ts";
import { type Choices, type Stage, type StageName, stageNames } from "../stages/stage.ts";
import { countFailed, isStageDone } from "./manifest.ts";

export interface PlannedStage {
  readonly stage: StageName;
  /** Sealed, with every hash still true, and so is all that it was made from. */
  readonly isDone: boolean;
}

/** Loads one stage's code and nothing of the others. */
export async function loadStage(name: StageName): Promise<Stage> {
  switch (name) {
    case "generate":
      return (await import("../stages/generate/index.ts")).generateStage;
    case "filter":
      return (await import("../stages/filter/index.ts")).filterStage;
    case "package":
      return (await import("../stages/package/index.ts")).packageStage;
    case "train":
      return (await import("../stages/train/index.ts")).trainStage;
    case "evaluate":
      return (await import("../stages/evaluate/index.ts")).evaluateStage;
  }
}

export interface PlanRunOptions {
  /** A stage with failed rows is not done. */
  readonly retryFailed?: boolean | undefined;
}

/** The five stages in order, each with whether it is done: one that follows an unfinished one is not, as its input may change. */
export async function planRun(
  project: Project,
  choices: Choices,
  { retryFailed = false }: PlanRunOptions = {},
): Promise<PlannedStage[]> {
  const planned: PlannedStage[] = [];
  let isUpstreamDone = true;
  for (const name of stageNames) {
    isUpstreamDone &&= await isStageDone(project, { stage: await loadStage(name), choices });
    if (retryFailed && isUpstreamDone) isUpstreamDone = (await countFailed(project, name)) === 0;
    planned.push({ stage: name, isDone: isUpstreamDone });
  }
  return planned;
}
