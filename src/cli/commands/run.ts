import type { Command } from "commander";
import { type GlobalOptions, parseDollars } from "../options.ts";

interface RunOptions extends GlobalOptions {
  readonly budget?: number;
}

export function registerRun(program: Command): void {
  const command = program
    .command("run")
    .description("run all stages in the foreground, without tmux")
    .option(
      "--budget <dollars>",
      "most dollars that this project may spend on model calls, over all runs",
      parseDollars,
    );
  command.action(async () => {
    const { launchPipeline } = await import("../../pipeline/launch.ts");
    const { dir, set, budget } = command.optsWithGlobals<RunOptions>();
    process.exitCode = await launchPipeline({ dir, overrides: set, budgetUsd: budget, launcher: "foreground" });
  });
}
