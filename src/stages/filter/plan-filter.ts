import { existsSync } from "node:fs";
import { identifyCall, type Ledger, ledgerPath, openLedger } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { formatCount, UsageError } from "../../core/index.ts";
import { describeModel, judgeMessages, loadTokenCounter, type ModelDescription } from "../../models/index.ts";
import type { TeacherOutputRow } from "../../records/index.ts";
import { completionRange, costRange, describeCost, type Range } from "../estimate.ts";
import type { Choices, StagePlan } from "../stage.ts";
import { createRules, needsJudge } from "./create-rules.ts";
import { runGate } from "./gate.ts";
import { firstRequest, judgeRole } from "./judge.ts";
import { readAnswers, readRubric } from "./read-input.ts";

/** What is known of answers that are still to be bought. */
export interface AnswersToCome {
  readonly rows: number;
  /** Tokens of all rows' requests and references together. */
  readonly promptTokens: number;
  /** Tokens of one answer. */
  readonly answerTokens: Range;
}

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
  const ledgerFile = project.path(ledgerPath);
  using ledger = existsSync(ledgerFile) ? openLedger(ledgerFile) : null;
  const answers = toCome ?? (await readPassed(project));
  const options = { project, ledger, rubric: await readRubric(project) };
  const chosen = await estimate(answers, { ...options, model });
  const lines = describeEstimate(chosen);
  if (choices.judge.isOffline) {
    const named = await describeModel(project.filters.judge.model, { models: project.nexa.models });
    const instead = describeEstimate(await estimate(answers, { ...options, model: named }));
    lines.push(...instead.map((line) => `instead: ${line}`));
  }
  const { calls, prompt, completion, costUsd } = chosen;
  const tokens = { prompt: prompt.high, completionLow: completion.low, completionHigh: completion.high };
  return { lines, rows: answers.rows, calls, tokens, costUsd };
}

const nothing = {
  calls: { toMake: 0, alreadyBought: 0 },
  tokens: { prompt: 0, completionLow: 0, completionHigh: 0 },
  costUsd: { low: 0, high: 0, isKnown: true },
} as const;

/** Null for a judge that cannot be used and whose name says nothing: that is an error only once it is to be asked. */
async function describeJudge(project: Project, { judge }: Choices): Promise<ModelDescription | null> {
  try {
    return await describeModel(judge.model, { models: project.nexa.models });
  } catch (error) {
    if (judge.blocked !== undefined && error instanceof UsageError) return null;
    throw error;
  }
}

/** Sealed answers. */
interface PassedAnswers {
  readonly rows: number;
  /** Those that the free filters leave to the judge. */
  readonly passed: readonly TeacherOutputRow[];
}

async function readPassed(project: Project): Promise<PassedAnswers> {
  const rows = await readAnswers(project, undefined);
  const rules = await createRules(project.filters);
  const gated = await runGate(rows, { rules, judge: null, signal: new AbortController().signal });
  return { rows: rows.length, passed: gated.filter(({ failures }) => failures.length === 0).map(({ row }) => row) };
}

interface EstimateOptions {
  readonly project: Project;
  readonly ledger: Ledger | null;
  readonly rubric: string;
  readonly model: ModelDescription;
}

interface Requests {
  readonly calls: StagePlan["calls"];
  /** Tokens of the requests that are still to be made, together. */
  readonly prompt: Range;
}

interface Estimate extends Requests {
  readonly model: ModelDescription;
  readonly isToCome: boolean;
  readonly completion: Range;
  /** Where the completions' length is from, in words. */
  readonly source: string;
  readonly costUsd: StagePlan["costUsd"];
}

async function estimate(answers: AnswersToCome | PassedAnswers, options: EstimateOptions): Promise<Estimate> {
  const { project, ledger, model } = options;
  const isToCome = !("passed" in answers);
  const requests = isToCome ? await expectRequests(answers, options) : await countRequests(answers, options);
  const { toMake } = requests.calls;
  const lengths = ledger?.completionTokens({ model: model.identity, role: judgeRole }) ?? [];
  const { low, high, source } = completionRange(lengths, project.filters.judge.max_tokens);
  const completion = { low: toMake * low, high: toMake * high };
  return { ...requests, model, isToCome, completion, source, costUsd: costRange(model, { ...requests, completion }) };
}

/** One request for each answer, between short answers and long ones. */
async function expectRequests(
  { rows, promptTokens, answerTokens }: AnswersToCome,
  { rubric }: EstimateOptions,
): Promise<Requests> {
  const around = (await loadTokenCounter()).messages(judgeMessages({ rubric, judged: { prompt: "", answer: "" } }));
  const withAnswers = (tokens: number): number => rows * (around + tokens) + promptTokens;
  const prompt = { low: withAnswers(answerTokens.low), high: withAnswers(answerTokens.high) };
  return { calls: { toMake: rows, alreadyBought: 0 }, prompt };
}

/** The requests as they will be made, each equal one once. */
async function countRequests(
  { passed }: PassedAnswers,
  { project, ledger, rubric, model }: EstimateOptions,
): Promise<Requests> {
  const counter = await loadTokenCounter();
  const seen = new Set<string>();
  let [alreadyBought, tokens] = [0, 0];
  for (const [index, row] of passed.entries()) {
    const request = firstRequest(row, index, { rubric, maxTokens: project.filters.judge.max_tokens });
    const { identity } = identifyCall(model, request);
    if (seen.has(identity)) continue;
    seen.add(identity);
    if (ledger?.has(identity)) alreadyBought++;
    else tokens += counter.messages(request.messages);
  }
  return { calls: { toMake: seen.size - alreadyBought, alreadyBought }, prompt: { low: tokens, high: tokens } };
}

function describeEstimate({ model, isToCome, calls, prompt, completion, source, costUsd }: Estimate): string[] {
  const cost = describeCost(model, costUsd);
  if (model.isFree) return [`judge ${model.name}: ${cost}`];
  const bought =
    calls.alreadyBought === 0 ? "" : ` (${formatCount(calls.alreadyBought)} more are in the ledger already)`;
  const most = isToCome ? "at most " : "";
  return [
    `judge ${model.name}: ${most}${formatCount(calls.toMake)} calls${bought}, one for each answer that passes the free filters`,
    `${formatRange(prompt)} prompt tokens, ${formatRange(completion)} completion tokens (${source})`,
    cost,
  ];
}

function formatRange({ low, high }: Range): string {
  return low === high ? formatCount(low) : `${formatCount(low)} to ${formatCount(high)}`;
}
