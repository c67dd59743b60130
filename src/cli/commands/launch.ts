import { type Command, Option } from "commander";
import type { LauncherName } from "../../launchers/index.ts";
import { type GlobalOptions, parseDollars } from "../options.ts";

interface LaunchCommandOptions extends GlobalOptions {
  readonly detach?: boolean;
  readonly from?: string;
  readonly until?: string;
  readonly restart?: string;
  readonly launcher?: LauncherName;
  readonly budget?: number;
  readonly config?: string;
}

export function registerLaunch(program: Command): void {
  const command = program
    .command("launch")
    .description("start what is not done, each stage in a tmux session of its own, and wait for the end")
    .option("--detach", "return at once; the stages go on")
    .option("--from <stage>", "leave out the stages before this one")
    .option("--until <stage>", "leave out the stages after this one")
    .option("--restart <stage>", "make this stage again, and what follows it, even though it is done")
    .addOption(new Option("--launcher <name>", "where the stages run").choices(["tmux", "foreground"]))
    .option(
      "--budget <dollars>",
      "most dollars that this project may spend on model calls, over all runs",
      parseDollars,
    )
    .option("--config <file>", "another train config");
  command.action(async () => {
    const { launchPipeline } = await import("../../pipeline/launch.ts");
    const { parseStage } = await import("../../pipeline/stage-argument.ts");
    const options = command.optsWithGlobals<LaunchCommandOptions>();
    const stage = (word: string | undefined) => (word === undefined ? undefined : parseStage(word));
    process.exitCode = await launchPipeline({
      dir: options.dir,
      overrides: options.set,
      trainConfigPath: options.config,
      budgetUsd: options.budget,
      isDetached: options.detach,
      from: stage(options.from),
      until: stage(options.until),
      restart: stage(options.restart),
      launcher: options.launcher,
    });
  });
}
