import type { Command } from "commander";
import { addTrainConfig, parseDollars } from "../options.ts";
import type { PlanOptions } from "../plan.ts";

export function registerPlan(program: Command): void {
  const command = program
    .command("plan")
    .description("what is done, what is next, and what it would cost; calls no model")
    .option("--budget <dollars>", "plan as if this budget were given", parseDollars)
    .option("--json", "as JSON on stdout");
  addTrainConfig(command);
  command.action(async () => {
    const { runPlan } = await import("../plan.ts");
    await runPlan(command.optsWithGlobals<PlanOptions>());
  });
}
