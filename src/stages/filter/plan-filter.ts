import { identifyCall, type Ledger, ledgerPath, readLedger } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { formatCount, UsageError } from "../../core/index.ts";
import {
  describeModel,
  judgeMessages,
  loadTokenCounter,
  type ModelDescription,
  maxPromptTokens,
} from "../../models/index.ts";
import type { TeacherOutputRow } from "../../records/index.ts";
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
import { createRules, needsJudge } from "./create-rules.ts";
import { runGate } from "./gate.ts";
import { firstRequest, judgeRole } from "./judge.ts";
import { readAnswers, readRubric } from "./read-input.ts";

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
  const answers = toCome ?? (await readPassed(project));
  const options = { project, ledger, rubric: await readRubric(project) };
  const chosen = await estimate(answers, { ...options, model });
  const lines = describeEstimate(chosen);
  let instead: Estimate | undefined;
  if (choices.judge.isOffline) {
    const named = await describeModel(project.filters.judge.model, { models: project.nexa.models });
    instead = await estimate(answers, { ...options, model: named });
    lines.push(...describeEstimate(instead).map((line) => `instead: ${line}`));
  }
  return planOf(chosen, { lines, rows: answers.rows, instead });
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

interface Estimate extends CallEstimate {
  readonly isToCome: boolean;
}

async function estimate(answers: AnswersToCome | PassedAnswers, options: EstimateOptions): Promise<Estimate> {
  const { project, ledger, model } = options;
  const isToCome = !("passed" in answers);
  const counted = isToCome ? await expectRequests(answers, options) : await countRequests(answers, options);
  const { max_tokens: maxTokens } = project.filters.judge;
  // The mode is the teacher's: a judge without a Batch API is asked in real time.
  const mode = project.distill.mode === "batch" ? "auto" : project.distill.mode;
  const distill = { ...project.distill, mode } as const;
  const estimated = estimateCalls(counted, { model, role: judgeRole, maxTokens, ledger, distill });
  return { ...estimated, isToCome };
}

/** One request for each answer, between short answers and long ones. */
async function expectRequests(
  { rows, promptTokens, answerTokens }: AnswersToCome,
  { rubric }: EstimateOptions,
): Promise<CountedCalls> {
  const around = (await loadTokenCounter()).messages(judgeMessages({ rubric, judged: { prompt: "", answer: "" } }));
  const withAnswers = (tokens: number): number => rows * (around + tokens) + promptTokens;
  const prompt = { low: withAnswers(answerTokens.low), high: withAnswers(answerTokens.high) };
  const longestPrompt = rows === 0 ? 0 : Math.ceil(prompt.high / rows);
  return { calls: { toMake: rows, alreadyBought: 0 }, prompt, longestPrompt };
}

/** The requests as they will be made, each equal one once. */
async function countRequests(
  { passed }: PassedAnswers,
  { project, ledger, rubric, model }: EstimateOptions,
): Promise<CountedCalls> {
  const counter = await loadTokenCounter();
  const seen = new Set<string>();
  let [alreadyBought, tokens, longestPrompt] = [0, 0, 0];
  for (const [index, row] of passed.entries()) {
    const request = firstRequest(row, index, { rubric, maxTokens: project.filters.judge.max_tokens });
    const { identity } = identifyCall(model, request);
    if (seen.has(identity)) continue;
    seen.add(identity);
    if (ledger?.has(identity)) alreadyBought++;
    else {
      tokens += counter.messages(request.messages);
      longestPrompt = Math.max(longestPrompt, maxPromptTokens(request.messages));
    }
  }
  const calls = { toMake: seen.size - alreadyBought, alreadyBought };
  return { calls, prompt: { low: tokens, high: tokens }, longestPrompt };
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
