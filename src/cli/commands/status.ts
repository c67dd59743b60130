import type { Command } from "commander";
import { addTrainConfig } from "../options.ts";
import type { StatusOptions } from "../status.ts";

export function registerStatus(program: Command): void {
  const command = program
    .command("status")
    .description("where each stage is: state, progress, rate, time left, cost, session, and what to do next")
    .option("--watch", "go on showing it until no stage runs any more")
    .option("--json", "as JSON on stdout");
  addTrainConfig(command);
  command.action(async () => {
    const { runStatus } = await import("../status.ts");
    process.exitCode = await runStatus(command.optsWithGlobals<StatusOptions>());
  });
}
