import type { Command } from "commander";
import type { StageName } from "../../stages/stage.ts";
import { addBudget, addTrainConfig, type GlobalOptions } from "../options.ts";

interface StageOptions extends GlobalOptions {
  readonly launched?: boolean;
  readonly budget?: number;
  readonly input?: string;
  readonly config?: string;
}

interface StageCommand {
  readonly name: StageName;
  readonly description: string;
  readonly options: readonly ("budget" | "input" | "config")[];
}

const stageCommands: readonly StageCommand[] = [
  { name: "generate", description: "ask the teacher for an answer to every prompt", options: ["budget"] },
  {
    name: "filter",
    description: "keep the answers worth learning from, the rest with reasons",
    options: ["input", "budget"],
  },
  {
    name: "package",
    description: "write the kept rows as a dataset for supervised fine-tuning",
    options: ["input", "config"],
  },
  { name: "train", description: "train the student on the packaged rows", options: ["config"] },
  {
    name: "evaluate",
    description: "compare the trained student with the untrained one and the teacher",
    options: ["config"],
  },
];

export function registerStages(program: Command): void {
  for (const { name, description, options } of stageCommands) {
    const command = program.command(name).description(description);
    if (options.includes("input"))
      command.option("--input <file>", "a JSONL or Parquet file of your own in the place of the pipeline's");
    if (options.includes("budget")) addBudget(command);
    if (options.includes("config")) addTrainConfig(command);
    command.addOption(
      command.createOption("--launched", "part of a launch: wait for the inputs, use its decisions").hideHelp(),
    );
    command.action(async () => {
      const { runStageCommand } = await import("../run-stage-command.ts");
      process.exitCode = await runStageCommand(name, command.optsWithGlobals<StageOptions>());
    });
  }
}
