import { type Command, InvalidArgumentError } from "commander";
import { addFiltersConfig, addMode, addTrainConfig, parseDollars } from "../options.ts";
import type { PlanOptions } from "../plan.ts";

const examples = `
Prompts are counted exactly, answers are estimated: by those in the ledger, or between an eighth of max_tokens and all of it.
  nexa plan --budget 40                    would 40 dollars do?
  nexa plan --mode batch                   what it costs by the provider's Batch API
  nexa plan --try --budget 40              ask the first 20 prompts for a better estimate; they are not bought again
  nexa plan --json | jq .total_cost_usd    for programs`;

export function registerPlan(program: Command): void {
  const command = program
    .command("plan")
    .description(
      "what is done, what is next, what it would cost and how long it would take; calls no model without --try",
    )
    .option("--budget <dollars>", "plan as if this budget were given", parseDollars)
    .option(
      "--try [count]",
      "ask the teacher the first prompts, within the budget (20 when no number is given)",
      parseTries,
    )
    .option(
      "--release-unseen",
      "first give back the dollars held for calls whose outcome was not seen: when you have looked at the provider's bill",
    )
    .option("--json", "as JSON on stdout")
    .addHelpText("after", examples);
  addMode(command);
  addFiltersConfig(command);
  addTrainConfig(command);
  command.action(async () => {
    const { runPlan } = await import("../plan.ts");
    await runPlan(command.optsWithGlobals<PlanOptions>());
  });
}

function parseTries(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError("Expected a number of prompts, such as 20.");
  return count;
}
