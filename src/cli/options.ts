import { type Command, InvalidArgumentError } from "commander";

/** What every command knows of the words before it. */
export interface GlobalOptions {
  readonly dir: string;
  readonly set: readonly string[];
}

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

/** Adds `--budget`, a number of dollars. */
export function addBudget(command: Command): void {
  const description = "most dollars that this project may spend on model calls, over all runs";
  command.option("--budget <dollars>", description, parseDollars);
}

/** Adds `--config`, for commands that depend on the student. */
export function addTrainConfig(command: Command): void {
  command.option("--config <file>", "another train config");
}

/** Dollars of `--budget`. */
export function parseDollars(text: string): number {
  const dollars = Number(text.replace(/^\$/, ""));
  if (text.trim() === "" || !Number.isFinite(dollars) || dollars < 0)
    throw new InvalidArgumentError("Expected dollars, such as 40 or 0.50.");
  return dollars;
}
