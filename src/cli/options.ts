import { type Command, InvalidArgumentError, Option } from "commander";
import { closest } from "fastest-levenshtein";

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

/** Adds `--filters`, for commands that depend on the gate. */
export function addFiltersConfig(command: Command): void {
  command.option("--filters <file>", "another filters config, e.g. nexa_distill/configs/filters.original.yaml");
}

/** Adds `--config`, for commands that depend on the student. */
export function addTrainConfig(command: Command): void {
  command.option("--config <file>", "another train config");
}

const modes = ["realtime", "batch", "auto"] as const;
export type ModeName = (typeof modes)[number];

/** Adds `--mode`, which stands for `--set mode=...`. */
export function addMode(command: Command): void {
  const description =
    "how models are called: realtime, batch (the provider's Batch API, cheaper and slower), or auto (the bulk by batch)";
  command.addOption(new Option("--mode <name>", description).argParser(parseMode));
}

/** Adds `--retry-failed`. */
export function addRetryFailed(command: Command): void {
  command.option("--retry-failed", "ask the calls again that failed for good in an earlier run");
}

/** The `--set` words, with what `--mode` stands for at their end. */
export function withMode({
  set,
  mode,
}: {
  readonly set: readonly string[];
  readonly mode?: ModeName | undefined;
}): readonly string[] {
  return mode === undefined ? set : [...set, `mode=${mode}`];
}

function parseMode(text: string): ModeName {
  const mode = modes.find((name) => name === text);
  if (mode !== undefined) return mode;
  throw new InvalidArgumentError(`Did you mean ${closest(text, [...modes])}? The modes are ${modes.join(", ")}.`);
}

/** Dollars of `--budget`. */
export function parseDollars(text: string): number {
  const dollars = Number(text.replace(/^\$/, ""));
  if (text.trim() === "" || !Number.isFinite(dollars) || dollars < 0)
    throw new InvalidArgumentError("Expected dollars, such as 40 or 0.50.");
  return dollars;
}
