import type { Command } from "commander";
import { UsageError } from "../../core/errors.ts";
import type { StageName } from "../../stages/stage.ts";
import {
  addBudget,
  addFiltersConfig,
  addMode,
  addRetryFailed,
  addTrainConfig,
  collect,
  type GlobalOptions,
  type ModeName,
  withMode,
} from "../options.ts";

interface StageOptions extends GlobalOptions {
  readonly launched?: boolean;
  readonly budget?: number;
  readonly input?: string;
  readonly filters?: string;
  readonly config?: string;
  readonly mode?: ModeName;
  readonly retryFailed?: boolean;
  readonly diff?: readonly string[];
  readonly json?: boolean;
}

type OptionName = "input" | "calls" | "config" | "gate";

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
Each run says what it kept, why it rejected the rest, what other thresholds would keep, and what changed against the gate that it replaces.
The judge's verdicts are in the ledger: another threshold asks nobody again. Rows without a verdict are \`unjudged\`.
  nexa filter --set sample_gate.min_judge_score=0.85   the same verdicts, another threshold: no call, no dollar
  nexa filter --budget 40 --mode batch                 verdicts by the provider's Batch API
  nexa filter --budget 40 --retry-failed               ask again for verdicts that failed
  nexa filter --input answers.jsonl                    a file of your own: JSONL or Parquet
  nexa filter --input answers.jsonl --set on_bad_row=skip    count rows that cannot be read instead of stopping
  nexa filter --filters nexa_distill/configs/filters.original.yaml   the Python original's decisions, row for row
Two gates, row by row (runs nothing):
  cp -r data/processed/distillation/filtered gate-a    keep one: the next run replaces its files
  nexa filter --diff gate-a/filtered_v1.parquet.manifest.json         that one against the present one
  nexa filter --diff gate-a --diff gate-b --json                      two folders; --json for programs`;

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
    options: ["input", "calls", "gate"],
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
  gate: (command) => {
    addFiltersConfig(command);
    command
      .option(
        "--diff <manifest>",
        "compare that gate with the present one, or two gates (given twice); runs nothing",
        (path: string, earlier: readonly string[] = []) => collect(path, earlier),
      )
      .option("--json", "with --diff: as JSON on stdout");
  },
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
      const given = command.optsWithGlobals<StageOptions>();
      if (isDiff(given)) {
        const { runFilterDiff } = await import("../filter-diff.ts");
        return runFilterDiff(given);
      }
      const { runStageCommand } = await import("../run-stage-command.ts");
      process.exitCode = await runStageCommand(name, { ...given, set: withMode(given) });
    });
  }
}

/** @throws UsageError for options that only go with `--diff`, or only without it. */
function isDiff(given: StageOptions): given is StageOptions & { diff: readonly string[] } {
  const { diff = [], json } = given;
  if (diff.length === 0) {
    if (json !== true) return false;
    throw new UsageError("--json goes with --diff alone", {
      hint: "What a run found is in its manifest: jq .details data/processed/distillation/filtered/filtered_v1.parquet.manifest.json",
    });
  }
  const running = (["input", "budget", "mode", "retryFailed"] as const).find((name) => given[name] !== undefined);
  if (running === undefined) return true;
  const option = running === "retryFailed" ? "--retry-failed" : `--${running}`;
  throw new UsageError(`${option} does not go with --diff, which compares and runs nothing`);
}
