import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { configDocuments, loadProject, type Project } from "../config/index.ts";
import { JobError, systemErrorCode, writeFileAtomic } from "../core/index.ts";
import { type Choices, type StageName, stageNames } from "../stages/stage.ts";

/** What a launch decided, for its stages' processes: none of them decides again. */
export interface Launch {
  readonly id: string;
  readonly launchedAt: string;
  /** The `--set` words. */
  readonly overrides: readonly string[];
  /** As in Project. */
  readonly filtersConfigPath: string;
  readonly trainConfigPath: string;
  /** Dollars of `--budget`, or null where the config's holds. */
  readonly budgetUsd: number | null;
  /** Whether calls are asked again that failed for good before. */
  readonly retryFailed: boolean;
  readonly choices: Choices;
  /** The stages that it started, in order; those before them were done. */
  readonly stages: readonly StageName[];
}

const choiceSchema = z.object({ model: z.string(), is_offline: z.boolean(), reason: z.string().nullable() });

const launchSchema = z.object({
  id: z.string(),
  launched_at: z.string(),
  overrides: z.array(z.string()),
  filters_config_path: z.string().default(configDocuments.filters.path),
  train_config_path: z.string(),
  budget_usd: z.number().nullable(),
  retry_failed: z.boolean().default(false),
  choices: z.object({
    teacher: choiceSchema,
    judge: choiceSchema,
    student: choiceSchema,
    budget_usd: z.number().nullable(),
  }),
  stages: z.array(z.enum(stageNames)),
});

function launchFile(projectDir: string): string {
  return join(projectDir, ".nexa/launch.json");
}

/** Stores the launch where its stages find it. */
export async function writeLaunch(projectDir: string, launch: Launch): Promise<void> {
  const { teacher, judge, student, budgetUsd } = launch.choices;
  const toDisk = ({ model, isOffline, reason }: Choices["teacher"]) => ({ model, is_offline: isOffline, reason });
  const record: z.infer<typeof launchSchema> = {
    id: launch.id,
    launched_at: launch.launchedAt,
    overrides: [...launch.overrides],
    filters_config_path: launch.filtersConfigPath,
    train_config_path: launch.trainConfigPath,
    budget_usd: launch.budgetUsd,
    retry_failed: launch.retryFailed,
    choices: { teacher: toDisk(teacher), judge: toDisk(judge), student: toDisk(student), budget_usd: budgetUsd },
    stages: [...launch.stages],
  };
  await writeFileAtomic(launchFile(projectDir), `${JSON.stringify(record, null, 2)}\n`);
}

/** The last launch, or null when there was none or its file is not readable as one. */
export async function findLaunch(projectDir: string): Promise<Launch | null> {
  try {
    const record = launchSchema.parse(JSON.parse(await readFile(launchFile(projectDir), "utf8")));
    const fromDisk = (choice: z.infer<typeof choiceSchema>) => ({
      model: choice.model,
      isOffline: choice.is_offline,
      reason: choice.reason,
    });
    const { teacher, judge, student, budget_usd: budgetUsd } = record.choices;
    return {
      id: record.id,
      launchedAt: record.launched_at,
      overrides: record.overrides,
      filtersConfigPath: record.filters_config_path,
      trainConfigPath: record.train_config_path,
      budgetUsd: record.budget_usd,
      retryFailed: record.retry_failed,
      choices: { teacher: fromDisk(teacher), judge: fromDisk(judge), student: fromDisk(student), budgetUsd },
      stages: record.stages,
    };
  } catch (error) {
    const isNotALaunch = error instanceof SyntaxError || error instanceof z.ZodError;
    if (isNotALaunch || systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** The project with a launch's own settings, whatever `--set`, `--filters` and `--config` of the command at hand say. */
export function loadLaunchedProject(dir: string, launch: Launch): Promise<Project> {
  return loadProject({
    dir,
    overrides: launch.overrides,
    filtersConfigPath: resolve(dir, launch.filtersConfigPath),
    trainConfigPath: resolve(dir, launch.trainConfigPath),
  });
}

/** @throws JobError when a stage was started with --launched and there is no launch. */
export async function readLaunch(projectDir: string): Promise<Launch> {
  const launch = await findLaunch(projectDir);
  if (launch !== null) return launch;
  throw new JobError(`${launchFile(projectDir)} is missing or is not a launch's record`, {
    code: "no_launch",
    hint: "--launched is for stages that `nexa launch` starts; leave it away to run the stage by itself.",
  });
}
