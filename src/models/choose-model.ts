import { UsageError } from "../core/index.ts";
import { describeModel, locateModel } from "./describe-model.ts";
import type { Environment } from "./environment.ts";
import { isJudgeProgram } from "./judge-program.ts";
import type { ModelChoice } from "./model-choice.ts";
import { type ModelEntries, parseModelName } from "./model-name.ts";
import { nearestNames } from "./nearest-names.ts";
import type { ModelLocation } from "./resolved-model.ts";

export interface ChooseModelOptions {
  readonly role: "teacher" | "judge";
  /** Where the configuration names the model, for the error; asked for only then. */
  readonly place?: (() => Promise<string>) | undefined;
  /** The model that the configuration names. */
  readonly model: string;
  /** The one used where that cannot be called; null makes that an error. */
  readonly offline: string | null;
  /** Dollars that may be spent in all, or null for none. */
  readonly budgetUsd: number | null;
  /** `models:` of nexa.yaml. */
  readonly models: ModelEntries;
  readonly env?: Environment;
}

/**
 * Decides which model is used: a free one as soon as it is configured, a priced one only with its key and a budget, else the offline one.
 * @throws UsageError (exit 2) where there is no offline model, or where a budget is given and the model's price is not known.
 */
export async function chooseModel(options: ChooseModelOptions): Promise<ModelChoice> {
  const { role, model, offline, budgetUsd, models, env = process.env } = options;
  const location = await locateModel(model, { models, env });
  if (role === "teacher" && isJudgeProgram(location)) throw onlyJudge(model);
  const missing = findMissing(location, budgetUsd);
  if (missing.length === 0) {
    if (!location.isFree && (await describeModel(model, { models, env })).price === null) {
      throw unknownPrice(location, await pricedNames(model, { models, env }));
    }
    return { model, isOffline: false, reason: null };
  }
  const why = missing.map(({ fact }) => fact).join(" and ");
  const remedy = missing.map(({ remedy }) => remedy).join(" and ");
  if (offline === null) {
    const place = options.place === undefined ? "" : ` (${await options.place()})`;
    throw new UsageError(`The ${role} ${model}${place} cannot be used: ${why}, and \`offline: null\` leaves no other`, {
      code: "no_model",
      hint: `To use it, ${remedy}.`,
    });
  }
  await locateModel(offline, { models, env });
  return { model: offline, isOffline: true, reason: `${model} is not used: ${why}. To use it, ${remedy}.` };
}

/** What to do for a prompt or a row that the offline model cannot answer, as one sentence. */
export async function howToUse(
  options: Pick<ChooseModelOptions, "model" | "budgetUsd" | "models" | "env">,
): Promise<string> {
  const { model, budgetUsd, models, env = process.env } = options;
  const missing = findMissing(await locateModel(model, { models, env }), budgetUsd);
  return missing.length === 0
    ? `Use ${model}.`
    : `To use ${model}, ${missing.map(({ remedy }) => remedy).join(" and ")}.`;
}

function onlyJudge(model: string): UsageError {
  return new UsageError(`${model} is a judge's program and cannot be the teacher`, {
    code: "no_model",
    hint: "A program of your own judges answers (`judge.model`); for one that writes them, put a server of OpenAI's protocol before it.",
  });
}

interface Missing {
  readonly fact: string;
  readonly remedy: string;
}

function findMissing({ keyEnv, hasKey, isFree }: ModelLocation, budgetUsd: number | null): Missing[] {
  const missing: Missing[] = [];
  if (!hasKey) missing.push({ fact: `${keyEnv} is not set`, remedy: `set ${keyEnv}` });
  if (!isFree && (budgetUsd === null || budgetUsd <= 0)) {
    const fact = budgetUsd === null ? "no budget is given" : "the budget is $0";
    missing.push({ fact, remedy: "give a budget with `--budget DOLLARS` or `budget_usd`" });
  }
  return missing;
}

async function pricedNames(
  model: string,
  context: { models: ModelEntries; env: Environment },
): Promise<readonly string[]> {
  const parsed = parseModelName(model, context);
  if (parsed.kind === "local") return [];
  const { nearestPricedNames } = await import("./published-facts.ts");
  const published = await nearestPricedNames(parsed.modelId, parsed);
  const own = Object.keys(context.models);
  return nearestNames(model, [...own, ...published]);
}

function unknownPrice({ name, origin }: ModelLocation, nearest: readonly string[]): UsageError {
  const known = nearest.length === 0 ? "" : ` Names like it whose price is known: ${nearest.join(", ")}.`;
  return new UsageError(`The price of ${name} at ${origin} is not known, so no budget can hold it`, {
    code: "unknown_price",
    hint: `Check the name, or give its price in nexa.yaml: models: {"${name}": {price: {input_usd_per_million: 0.15, output_usd_per_million: 0.60}}}, or price: 0 for a server that costs nothing a call.${known}`,
  });
}
