import { existsSync } from "node:fs";
import { identifyCall, type Ledger, ledgerPath, openLedger } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { formatCount, formatUsd } from "../../core/index.ts";
import { costOf, describeModel, loadTokenCounter, type ModelDescription } from "../../models/index.ts";
import type { Choices, StagePlan } from "../stage.ts";
import { teacherRole } from "./ask-teacher.ts";
import { unknownPrompts } from "./check-offline.ts";
import { readTeacherWork, type TeacherWork, teacherRequests } from "./teacher-requests.ts";

/** Fewer answers than these say nothing about the length of the next ones. */
const enoughAnswers = 20;
/** Without any, answers are taken to have at least this share of max_tokens. */
const untriedShare = 1 / 8;

/**
 * What generating would ask and cost: reads prompts and ledger, asks nobody, writes nothing.
 * @throws DataError or ConfigError for prompts or a system prompt that cannot be used.
 */
export async function planGenerate(project: Project, choices: Choices): Promise<StagePlan> {
  return planWork(await readTeacherWork(project), { project, choices });
}

/** The plan of work that was read already. */
export async function planWork(
  work: TeacherWork,
  { project, choices }: { project: Project; choices: Choices },
): Promise<StagePlan> {
  const ledgerFile = project.path(ledgerPath);
  using ledger = existsSync(ledgerFile) ? openLedger(ledgerFile) : null;
  const models = project.nexa.models;
  const chosen = await estimate(work, {
    project,
    ledger,
    model: await describeModel(choices.teacher.model, { models }),
  });
  const lines = describeEstimate(chosen, work);
  const unknown = unknownPrompts(work, choices).length;
  if (unknown > 0)
    lines.push(`it does not know ${formatCount(unknown)} of the prompts, and so cannot be used for them`);
  if (choices.teacher.isOffline) {
    const named = await estimate(work, {
      project,
      ledger,
      model: await describeModel(project.distill.teacher.model, { models }),
    });
    lines.push(...describeEstimate(named, work).map((line) => `instead: ${line}`));
  }
  const { calls, tokens, costUsd } = chosen;
  return { lines, rows: work.rows, calls, tokens, costUsd };
}

interface Estimate extends Pick<StagePlan, "calls" | "tokens" | "costUsd"> {
  readonly model: ModelDescription;
  /** Answers that the completion length is learnt from. */
  readonly observed: number;
}

interface EstimateOptions {
  readonly project: Project;
  readonly ledger: Ledger | null;
  readonly model: ModelDescription;
}

async function estimate(work: TeacherWork, { project, ledger, model }: EstimateOptions): Promise<Estimate> {
  const counter = await loadTokenCounter();
  const seen = new Set<string>();
  let [alreadyBought, prompt] = [0, 0];
  for (const request of teacherRequests(work, project.distill)) {
    const { identity } = identifyCall(model, request);
    if (seen.has(identity)) continue;
    seen.add(identity);
    if (ledger?.has(identity)) alreadyBought++;
    else prompt += counter.messages(request.messages);
  }
  const toMake = seen.size - alreadyBought;
  const lengths = ledger?.completionTokens({ model: model.identity, role: teacherRole }) ?? [];
  const [low, high] = completionRange(lengths, project.distill.teacher.max_tokens);
  const tokens = { prompt, completionLow: toMake * low, completionHigh: toMake * high };
  return {
    model,
    observed: lengths.length,
    calls: { toMake, alreadyBought },
    tokens,
    costUsd: costRange(model, tokens),
  };
}

/** The 10th and 90th percentile of answers that were bought, or a share of max_tokens up to all of it. */
function completionRange(ascending: readonly number[], maxTokens: number): [number, number] {
  if (ascending.length < enoughAnswers) return [Math.ceil(maxTokens * untriedShare), maxTokens];
  const at = (share: number): number => ascending[Math.floor(share * (ascending.length - 1))] ?? maxTokens;
  return [at(0.1), at(0.9)];
}

function costRange(
  { price }: ModelDescription,
  { prompt, completionLow, completionHigh }: StagePlan["tokens"],
): StagePlan["costUsd"] {
  if (price === null) return { low: 0, high: 0, isKnown: false };
  const cost = (completionTokens: number): number => costOf(price, { promptTokens: prompt, completionTokens });
  return { low: cost(completionLow), high: cost(completionHigh), isKnown: true };
}

function describeEstimate({ model, observed, calls, tokens, costUsd }: Estimate, work: TeacherWork): string[] {
  const { prompt, completionLow, completionHigh } = tokens;
  const bought =
    calls.alreadyBought === 0 ? "" : ` (${formatCount(calls.alreadyBought)} more are in the ledger already)`;
  const source = observed < enoughAnswers ? "up to max_tokens" : `by ${formatCount(observed)} answers bought before`;
  return [
    `${model.name}: ${formatCount(calls.toMake)} calls${bought} for ${formatCount(work.rows)} rows from ${formatCount(work.prompts.length)} prompts`,
    `${formatCount(prompt)} prompt tokens, ${formatCount(completionLow)} to ${formatCount(completionHigh)} completion tokens (${source})`,
    describeCost(model, costUsd),
  ];
}

function describeCost({ name, isFree }: ModelDescription, { low, high, isKnown }: StagePlan["costUsd"]): string {
  if (isFree) return "costs nothing";
  if (!isKnown) return `the cost is not known: give the price of ${name} under \`models:\` in nexa.yaml`;
  return `costs ${formatUsd(low)} to ${formatUsd(high)}`;
}
