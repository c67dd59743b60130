import { Command, Option } from "commander";
import { registerAttach } from "./commands/attach.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerInit } from "./commands/init.ts";
import { registerLaunch, registerRun } from "./commands/launch.ts";
import { registerLogs } from "./commands/logs.ts";
import { registerPlan } from "./commands/plan.ts";
import { registerStages } from "./commands/stages.ts";
import { registerStatus } from "./commands/status.ts";
import { registerStop } from "./commands/stop.ts";
import { collect } from "./options.ts";
import { packageVersion } from "./version.ts";

const footer = `
Quick start:
  nexa init demo && nexa -C demo run

Exit codes: 0 ok, 1 a bug of ours, 2 usage or config, 3 provider, 4 a stage failed or its input is bad,
5 stopped by the budget, 130 cancelled.`;

/** The command line. Commands declare options here and import their work when they run. */
export function createProgram(): Command {
  const program = new Command("nexa")
    .description(
      "Turns prompts into a trained, measured student: a teacher answers, a gate keeps what is worth learning, a student is trained and compared with its teacher.",
    )
    .version(packageVersion(), "-V, --version")
    .option("-C, --dir <folder>", "the project folder", ".")
    .addOption(
      new Option("--set <key=value>", "override a configuration key, e.g. teacher.temperature=0.2 (again for more)")
        .argParser(collect)
        .default([], "none"),
    )
    .addHelpText("after", footer)
    .showSuggestionAfterError()
    .exitOverride();
  registerInit(program);
  registerDoctor(program);
  registerPlan(program);
  registerStages(program);
  registerRun(program);
  registerLaunch(program);
  registerStatus(program);
  registerLogs(program);
  registerAttach(program);
  registerStop(program);
  return program;
}
