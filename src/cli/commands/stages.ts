import type { Command } from "commander";
import type { StageName } from "../../stages/stage.ts";
import {
  addBudget,
  addMode,
  addRetryFailed,
  addTrainConfig,
  type GlobalOptions,
  type ModeName,
  withMode,
} from "../options.ts";

interface StageOptions extends GlobalOptions {
  readonly launched?: boolean;
  readonly budget?: number;
  readonly input?: string;
  readonly config?: string;
  readonly mode?: ModeName;
  readonly retryFailed?: boolean;
}

type OptionName = "input" | "calls" | "config";

interface StageCommand {
  readonly name: StageName;
  readonly description: string;
  readonly options: readonly OptionName[];
  readonly examples?: string;
}

const generateExamples = `
Answers are in the ledger before they count: after Ctrl-C, a kill or the end of the budget the same command goes on and buys what is missing.
  nexa plan                                     what it would cost, and how long it would take
  nexa generate --budget 40                     never more than 40 dollars, over all runs; exit code 5 when they are spent
  nexa generate --budget 40 --mode batch        by the provider's Batch API, at half the price with most providers
  nexa generate --budget 40 --mode auto         the bulk by batch, rests and retries in real time
  nexa generate --budget 40 --retry-failed      also those rows that failed for good before`;

const filterExamples = `
The judge's verdicts are in the ledger: another threshold asks nobody again. Rows without a verdict are \`unjudged\`.
  nexa filter --budget 40 --mode batch          verdicts by the provider's Batch API
  nexa filter --budget 40 --retry-failed        ask again for verdicts that failed
  nexa filter --input answers.jsonl             a file of your own`;

const stageCommands: readonly StageCommand[] = [
  {
    name: "generate",
    description: "ask the teacher for an answer to every prompt",
    options: ["calls"],
    examples: generateExamples,
  },
  {
    name: "filter",
    description: "keep the answers worth learning from, the rest with reasons",
    options: ["input", "calls"],
    examples: filterExamples,
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

const adders: Readonly<Record<OptionName, (command: Command) => void>> = {
  input: (command) =>
    command.option("--input <file>", "a JSONL or Parquet file of your own in the place of the pipeline's"),
  calls: (command) => {
    addBudget(command);
    addMode(command);
    addRetryFailed(command);
  },
  config: addTrainConfig,
};

export function registerStages(program: Command): void {
  for (const { name, description, options, examples } of stageCommands) {
    const command = program.command(name).description(description);
    for (const option of options) adders[option](command);
    if (examples !== undefined) command.addHelpText("after", examples);
    command.addOption(
      command.createOption("--launched", "part of a launch: wait for the inputs, use its decisions").hideHelp(),
    );
    command.action(async () => {
      const { runStageCommand } = await import("../run-stage-command.ts");
      const given = command.optsWithGlobals<StageOptions>();
      process.exitCode = await runStageCommand(name, { ...given, set: withMode(given) });
    });
  }
}
