import { existsSync } from "node:fs";
import { identifyCall, type Ledger, ledgerPath, openLedger } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { formatCount } from "../../core/index.ts";
import { describeModel, loadTokenCounter, type ModelDescription } from "../../models/index.ts";
import { type CompletionRange, completionRange, costRange, describeCost, type Range } from "../estimate.ts";
import type { Choices, StagePlan } from "../stage.ts";
import { teacherRole } from "./ask-teacher.ts";
import { unknownPrompts } from "./check-offline.ts";
import type { NumberedPrompt } from "./read-prompts.ts";
import { conversationOf, readTeacherWork, type TeacherWork, teacherRequests } from "./teacher-requests.ts";

/** The answers that generating will leave, for the plans of what comes after. */
export interface AnswersToCome {
  readonly rows: number;
  /** Tokens of all rows' requests and references together, system messages left out. */
  readonly promptTokens: number;
  /** Tokens of one answer. */
  readonly answerTokens: Range;
}

export interface GeneratePlan extends StagePlan {
  readonly toCome: AnswersToCome;
}

/**
 * What generating would ask and cost: reads prompts and ledger, asks nobody, writes nothing.
 * @throws DataError or ConfigError for prompts or a system prompt that cannot be used.
 */
export async function planGenerate(project: Project, choices: Choices): Promise<GeneratePlan> {
  return planWork(await readTeacherWork(project), { project, choices });
}

/** The plan of work that was read already. */
export async function planWork(
  work: TeacherWork,
  { project, choices }: { project: Project; choices: Choices },
): Promise<GeneratePlan> {
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
  const { calls, tokens, costUsd, answerTokens } = chosen;
  const toCome = { rows: work.rows, promptTokens: await countRequests(work), answerTokens };
  return { lines, rows: work.rows, calls, tokens, costUsd, toCome };
}

/** Tokens of what the rows ask and of their references. */
async function countRequests({ prompts, system, samplesPerPrompt }: TeacherWork): Promise<number> {
  const counter = await loadTokenCounter();
  const ofPrompt = (prompt: NumberedPrompt): number => {
    const texts = conversationOf(prompt, system).messages.map(({ content }) => content);
    return [...texts, prompt.reference ?? ""].reduce((sum, text) => sum + counter.text(text), 0);
  };
  return samplesPerPrompt * prompts.reduce((sum, prompt) => sum + ofPrompt(prompt), 0);
}

interface Estimate extends Pick<StagePlan, "calls" | "tokens" | "costUsd"> {
  readonly model: ModelDescription;
  /** Tokens of one answer. */
  readonly answerTokens: CompletionRange;
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
  const answerTokens = completionRange(lengths, project.distill.teacher.max_tokens);
  const completion = { low: toMake * answerTokens.low, high: toMake * answerTokens.high };
  return {
    model,
    answerTokens,
    calls: { toMake, alreadyBought },
    tokens: { prompt, completionLow: completion.low, completionHigh: completion.high },
    costUsd: costRange(model, { prompt: { low: prompt, high: prompt }, completion }),
  };
}

function describeEstimate({ model, answerTokens, calls, tokens, costUsd }: Estimate, work: TeacherWork): string[] {
  const { prompt, completionLow, completionHigh } = tokens;
  const bought =
    calls.alreadyBought === 0 ? "" : ` (${formatCount(calls.alreadyBought)} more are in the ledger already)`;
  return [
    `${model.name}: ${formatCount(calls.toMake)} calls${bought} for ${formatCount(work.rows)} rows from ${formatCount(work.prompts.length)} prompts`,
    `${formatCount(prompt)} prompt tokens, ${formatCount(completionLow)} to ${formatCount(completionHigh)} completion tokens (${answerTokens.source})`,
    describeCost(model, costUsd),
  ];
}
