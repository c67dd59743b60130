import { type Command, Option } from "commander";
import type { LauncherName } from "../../launchers/index.ts";
import {
  addBudget,
  addFiltersConfig,
  addMode,
  addRetryFailed,
  addTrainConfig,
  type GlobalOptions,
  type ModeName,
  withMode,
} from "../options.ts";

interface LaunchCommandOptions extends GlobalOptions {
  readonly detach?: boolean;
  readonly from?: string;
  readonly until?: string;
  readonly restart?: string;
  readonly launcher?: LauncherName;
  readonly budget?: number;
  readonly filters?: string;
  readonly config?: string;
  readonly mode?: ModeName;
  readonly retryFailed?: boolean;
}

export function registerLaunch(program: Command): void {
  const command = program
    .command("launch")
    .description("start what is not done, each stage in a tmux session of its own, and wait for the end")
    .option("--detach", "return at once; the stages go on")
    .addOption(new Option("--launcher <name>", "where the stages run").choices(["tmux", "foreground"]));
  addRangeOptions(command);
  command.action(() => launch(command.optsWithGlobals<LaunchCommandOptions>()));
}

export function registerRun(program: Command): void {
  const command = program
    .command("run")
    .description("run what is not done in the foreground, without tmux: `nexa launch --launcher foreground`");
  addRangeOptions(command);
  command.action(() => launch({ ...command.optsWithGlobals<LaunchCommandOptions>(), launcher: "foreground" }));
}

function addRangeOptions(command: Command): void {
  command
    .option("--from <stage>", "leave out the stages before this one")
    .option("--until <stage>", "leave out the stages after this one")
    .option("--restart <stage>", "make this stage again, and what follows it, even though it is done");
  addBudget(command);
  addMode(command);
  addRetryFailed(command);
  addFiltersConfig(command);
  addTrainConfig(command);
}

async function launch(options: LaunchCommandOptions): Promise<void> {
  const { launchPipeline } = await import("../../pipeline/launch.ts");
  const { parseStage } = await import("../../pipeline/stage-argument.ts");
  const stage = (word: string | undefined) => (word === undefined ? undefined : parseStage(word));
  process.exitCode = await launchPipeline({
    dir: options.dir,
    overrides: withMode(options),
    filtersConfigPath: options.filters,
    trainConfigPath: options.config,
    budgetUsd: options.budget,
    retryFailed: options.retryFailed,
    isDetached: options.detach,
    from: stage(options.from),
    until: stage(options.until),
    restart: stage(options.restart),
    launcher: options.launcher,
  });
}
