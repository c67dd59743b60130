import type { Command } from "commander";
import type { GlobalOptions } from "../options.ts";

export function registerDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description("check the machine and the project, with what to do about each fault")
    .option("--json", "as JSON on stdout");
  command.action(async () => {
    const { runDoctor } = await import("../doctor.ts");
    process.exitCode = await runDoctor(command.optsWithGlobals<GlobalOptions & { json?: boolean }>());
  });
}
