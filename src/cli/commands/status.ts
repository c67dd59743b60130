import type { Command } from "commander";
import type { GlobalOptions } from "../options.ts";

export interface StatusCommandOptions extends GlobalOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

export function registerStatus(program: Command): void {
  const command = program
    .command("status")
    .description("where each stage is: state, progress, rate, time left, cost, session, and what to do next")
    .option("--watch", "go on showing it until no stage runs any more")
    .option("--json", "as JSON on stdout");
  command.action(async () => {
    const { runStatus } = await import("../status.ts");
    process.exitCode = await runStatus(command.optsWithGlobals<StatusCommandOptions>());
  });
}
