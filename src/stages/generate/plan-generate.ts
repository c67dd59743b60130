import { type Ledger, ledgerPath, readLedger } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { formatCount } from "../../core/index.ts";
import { describeModel, type ModelDescription } from "../../models/index.ts";
import {
  type AnswersToCome,
  type CallEstimate,
  type CountedCalls,
  describeBought,
  describeCalls,
  estimateCalls,
  planOf,
} from "../call-estimate.ts";
import type { Choices, StagePlan } from "../stage.ts";
import { teacherRole } from "./ask-teacher.ts";
import { createUnknownPrompts } from "./check-offline.ts";
import { countRequests } from "./count-requests.ts";
import { readTeacherWork, type TeacherWork } from "./teacher-requests.ts";

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
  const { onProgress, enough } = options;
  const work = await readTeacherWork(project);
  using ledger = readLedger(project.path(ledgerPath));
  const named = choices.teacher.isOffline ? [project.distill.teacher.model] : [];
  const models = await Promise.all(
    [choices.teacher.model, ...named].map((name) => describeModel(name, { models: project.nexa.models })),
  );
  const unknown = createUnknownPrompts(choices);
  const visit = unknown.see;
  const { perModel, askedTokens } = await countRequests(work, { ledger, models, onProgress, visit });
  const [chosen, instead] = perModel.map((counted, index) => {
    const model = models[index] as (typeof models)[number];
    return estimateTeacher(counted, { model, project, ledger, enough });
  }) as [CallEstimate, CallEstimate?];
  const lines = describeEstimate(chosen, work);
  if (unknown.count > 0)
    lines.push(`it does not know ${formatCount(unknown.count)} of the prompts, and so cannot be used for them`);
  if (instead !== undefined) lines.push(...describeEstimate(instead, work).map((line) => `instead: ${line}`));
  const toCome = { rows: work.rows, promptTokens: askedTokens, answerTokens: chosen.answer };
  return { ...planOf(chosen, { lines, rows: work.rows, instead }), toCome, estimate: chosen };
}

interface EstimateTeacherOptions {
  readonly model: ModelDescription;
  readonly project: Project;
  readonly ledger: Ledger | null;
  readonly enough?: number | undefined;
}

export function estimateTeacher(counted: CountedCalls, options: EstimateTeacherOptions): CallEstimate {
  const { project, ...rest } = options;
  const { distill } = project;
  return estimateCalls(counted, { ...rest, role: teacherRole, maxTokens: distill.teacher.max_tokens, distill });
}

/** What is to be bought and what that comes to, in lines for people. */
export function describeEstimate(estimate: CallEstimate, work: TeacherWork): string[] {
  const { model, calls } = estimate;
  const rows = `${formatCount(work.rows)} rows from ${formatCount(work.prompts.count)} prompts`;
  return [
    `${model.name}: ${formatCount(calls.toMake)} calls${describeBought(calls)} for ${rows}`,
    ...describeCalls(estimate),
  ];
}
