import { ledgerPath, readLedger } from "../../calls/index.ts";
import { needsJudge, type Project } from "../../config/index.ts";
import { formatCount, UsageError } from "../../core/index.ts";
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
import { type CountOptions, countJudgeCalls, expectJudgeCalls } from "./count-judge-calls.ts";
import { judgeRole } from "./judge.ts";
import { readRubric } from "./read-input.ts";

/**
 * What judging would ask and cost: asks nobody, writes nothing. `toCome` is null where the answers are sealed in the teacher outputs: then those
 * that fail a free filter are left out, and the verdicts in the ledger are counted. `tokens.prompt` is the most that the requests can come to.
 * @throws ConfigError for a rubric, DataError for sealed answers that cannot be read.
 */
export async function planFilter(
  project: Project,
  choices: Choices,
  { toCome }: { readonly toCome: AnswersToCome | null },
): Promise<StagePlan> {
  if (!needsJudge(project.filters)) {
    const lines = ["no judge is asked: no setting of sample_gate depends on it"];
    return { ...nothing, lines, rows: toCome?.rows ?? 0 };
  }
  const model = await describeJudge(project, choices);
  if (model === null) {
    const lines = [`what the judge ${choices.judge.model} costs is not known: it cannot be used`];
    return { ...nothing, lines, rows: toCome?.rows ?? 0, costUsd: { low: 0, high: 0, isKnown: false } };
  }
  using ledger = readLedger(project.path(ledgerPath));
  const models = [model];
  if (choices.judge.isOffline)
    models.push(await describeModel(project.filters.judge.model, { models: project.nexa.models, dir: project.dir }));
  const options: CountOptions = {
    project,
    ledger,
    rubric: await readRubric(project),
    models,
    studentModel: choices.student.model,
  };
  const isToCome = toCome !== null;
  const { rows, counted } = isToCome ? await expectJudgeCalls(toCome, options) : await countJudgeCalls(options);
  const [chosen, instead] = counted.map((calls, index) =>
    estimate(calls, { ...options, model: models[index] as ModelDescription, isToCome }),
  ) as [Estimate, Estimate?];
  const lines = describeEstimate(chosen);
  if (instead !== undefined) lines.push(...describeEstimate(instead).map((line) => `instead: ${line}`));
  return planOf(chosen, { lines, rows, instead });
}

const nothing = {
  calls: { toMake: 0, alreadyBought: 0 },
  tokens: { prompt: 0, completionLow: 0, completionHigh: 0, isExact: true },
  costUsd: { low: 0, high: 0, isKnown: true },
  timeSeconds: null,
  worstCallUsd: 0,
} as const;

/** Null for a judge that cannot be used and whose name says nothing: that is an error only once it is to be asked. */
async function describeJudge(project: Project, { judge }: Choices): Promise<ModelDescription | null> {
  try {
    return await describeModel(judge.model, { models: project.nexa.models, dir: project.dir });
  } catch (error) {
    if (judge.blocked !== undefined && error instanceof UsageError) return null;
    throw error;
  }
}

interface Estimate extends CallEstimate {
  readonly isToCome: boolean;
}

function estimate(
  counted: CountedCalls,
  {
    project,
    ledger,
    model,
    isToCome,
  }: Pick<CountOptions, "project" | "ledger"> & { model: ModelDescription; isToCome: boolean },
): Estimate {
  const { max_tokens: maxTokens } = project.filters.judge;
  // The mode is the teacher's: a judge without a Batch API is asked in real time.
  const mode = project.distill.mode === "batch" ? "auto" : project.distill.mode;
  const distill = { ...project.distill, mode } as const;
  return { ...estimateCalls(counted, { model, role: judgeRole, maxTokens, ledger, distill }), isToCome };
}

function describeEstimate(estimate: Estimate): string[] {
  const { model, isToCome, calls } = estimate;
  if (model.isFree) return [`judge ${model.name}: costs nothing`];
  const most = isToCome ? "at most " : "";
  return [
    `judge ${model.name}: ${most}${formatCount(calls.toMake)} calls${describeBought(calls)}, one for each answer that passes the free filters`,
    ...describeCalls(estimate),
  ];
}
