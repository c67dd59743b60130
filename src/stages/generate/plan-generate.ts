import { existsSync } from "node:fs";
import { ledgerPath, openLedger } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { formatCount } from "../../core/index.ts";
import { describeModel } from "../../models/index.ts";
import { type CallEstimate, describeBought, describeCalls, estimateCalls, planOf } from "../call-estimate.ts";
import type { Range } from "../estimate.ts";
import type { Choices, StagePlan } from "../stage.ts";
import { teacherRole } from "./ask-teacher.ts";
import { createUnknownPrompts } from "./check-offline.ts";
import { countRequests } from "./count-requests.ts";
import { readTeacherWork, type TeacherWork } from "./teacher-requests.ts";

/** The answers that generating will leave, for the plans of what comes after. */
export interface AnswersToCome {
  readonly rows: number;
  /** Tokens of all rows' requests together, system messages left out. */
  readonly promptTokens: number;
  /** Tokens of one answer. */
  readonly answerTokens: Range;
}

export interface GeneratePlan extends StagePlan {
  readonly toCome: AnswersToCome;
  /** Of the model that is used. */
  readonly estimate: CallEstimate;
}

export interface PlanGenerateOptions {
  /** Told now and then how many rows are counted. */
  readonly onProgress?: ((rows: number) => void) | undefined;
  /** Fewest answers in the ledger that are taken for the length of the next ones. */
  readonly enough?: number | undefined;
}

/**
 * What generating would ask and cost: reads prompts and ledger, asks nobody, writes nothing.
 * @throws DataError or ConfigError for prompts or a system prompt that cannot be used.
 */
export async function planGenerate(
  project: Project,
  choices: Choices,
  options: PlanGenerateOptions = {},
): Promise<GeneratePlan> {
  return planWork(await readTeacherWork(project), { project, choices, ...options });
}

/** The plan of work that was read already. */
export async function planWork(
  work: TeacherWork,
  { project, choices, onProgress, enough }: { project: Project; choices: Choices } & PlanGenerateOptions,
): Promise<GeneratePlan> {
  const ledgerFile = project.path(ledgerPath);
  using ledger = existsSync(ledgerFile) ? openLedger(ledgerFile) : null;
  const named = choices.teacher.isOffline ? [project.distill.teacher.model] : [];
  const models = await Promise.all(
    [choices.teacher.model, ...named].map((name) => describeModel(name, { models: project.nexa.models })),
  );
  const unknown = createUnknownPrompts(choices);
  const visit = unknown.see;
  const { perModel, askedTokens } = await countRequests(work, { ledger, models, onProgress, visit });
  const [chosen, instead] = perModel.map((counted, index) => {
    const model = models[index] as (typeof models)[number];
    const { max_tokens: maxTokens } = project.distill.teacher;
    return estimateCalls(counted, { model, role: teacherRole, maxTokens, ledger, distill: project.distill, enough });
  }) as [CallEstimate, CallEstimate?];
  const lines = describeEstimate(chosen, work);
  if (unknown.count > 0)
    lines.push(`it does not know ${formatCount(unknown.count)} of the prompts, and so cannot be used for them`);
  if (instead !== undefined) lines.push(...describeEstimate(instead, work).map((line) => `instead: ${line}`));
  const toCome = { rows: work.rows, promptTokens: askedTokens, answerTokens: chosen.answer };
  return { ...planOf(chosen, { lines, rows: work.rows, instead }), toCome, estimate: chosen };
}

function describeEstimate(estimate: CallEstimate, work: TeacherWork): string[] {
  const { model, calls } = estimate;
  const rows = `${formatCount(work.rows)} rows from ${formatCount(work.prompts.count)} prompts`;
  return [
    `${model.name}: ${formatCount(calls.toMake)} calls${describeBought(calls)} for ${rows}`,
    ...describeCalls(estimate),
  ];
}
