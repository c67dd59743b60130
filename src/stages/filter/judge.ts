import type { Calls, ModelAnswer, ModelRequest } from "../../calls/index.ts";
import { type JudgeCase, judgeMessages, type ResolvedModel, verdictSchema } from "../../models/index.ts";
import type { TeacherOutputRow } from "../../records/index.ts";
import type { CallProgress } from "../call-progress.ts";
import type { Judgement } from "./judgement.ts";
import { excerpt } from "./rule.ts";
import { parseVerdict, repairMessages } from "./verdict.ts";

export const judgeRole = "judge";

export interface JudgeOptions {
  readonly calls: Calls;
  readonly model: ResolvedModel;
  /** The rubric's text. */
  readonly rubric: string;
  /** Most tokens in a verdict. */
  readonly maxTokens: number;
  readonly signal: AbortSignal;
  /** Ask calls again that failed for good in an earlier run. */
  readonly retryFailed: boolean;
  readonly progress: Pick<CallProgress, "listeners" | "saw" | "expect">;
}

export interface JudgeRun {
  /** One a row, in the rows' order. */
  readonly judgements: readonly Judgement[];
  /** Rows whose first verdict did not parse and was asked for again. */
  readonly askedAgain: number;
}

/** A verdict that did not parse. */
interface BrokenVerdict {
  readonly index: number;
  readonly answer: string;
  readonly problem: string;
}

/**
 * Asks the judge for a verdict on each row, and once more where its answer is none. A call that failed, or a second answer that is no
 * verdict, leaves the row without one.
 * @throws what callAll throws: the budget's end, an unreachable server, cancellation.
 */
export async function judgeRows(rows: readonly TeacherOutputRow[], options: JudgeOptions): Promise<JudgeRun> {
  const judgements = new Array<Judgement>(rows.length);
  const broken: BrokenVerdict[] = [];
  for await (const answer of ask(
    rows.map((row, index) => firstRequest(row, index, options)),
    options,
  )) {
    const index = answer.tag;
    const result = readAnswer(answer, options);
    if ("problem" in result) broken.push({ index, ...result });
    else judgements[index] = result.judgement;
  }
  options.progress.expect(broken.length);
  broken.sort((a, b) => a.index - b.index);
  for await (const answer of ask(
    broken.map((verdict) => repairRequest(verdict, rows, options)),
    options,
  )) {
    const result = readAnswer(answer, options);
    judgements[answer.tag] =
      "problem" in result
        ? {
            state: "failed",
            detail: { code: "unparsed_verdict", problem: result.problem, answer: excerpt(result.answer) },
          }
        : result.judgement;
  }
  return { judgements, askedAgain: broken.length };
}

async function* ask(
  requests: readonly ModelRequest<number>[],
  { calls, model, signal, retryFailed, progress }: JudgeOptions,
): AsyncGenerator<ModelAnswer<number>> {
  if (requests.length === 0) return;
  const options = { model, role: judgeRole, signal, retryFailed, ...progress.listeners };
  for await (const answer of calls.callAll(requests, options)) {
    progress.saw(answer);
    yield answer;
  }
}

/** A request that refers to earlier turns can be judged with them alone. */
function caseOf({ prompt, messages, teacher_output: answer, reference }: TeacherOutputRow): JudgeCase {
  const turns = messages.map(({ role, content }) => `${role}: ${content}`);
  return { prompt: turns.length > 1 ? turns.join("\n\n") : prompt, answer: answer ?? "", reference };
}

/** What the judge is asked of a row; the tag is the row's number, from 0. */
export function firstRequest(
  row: TeacherOutputRow,
  index: number,
  { rubric, maxTokens }: Pick<JudgeOptions, "rubric" | "maxTokens">,
): ModelRequest<number> {
  const messages = judgeMessages({ rubric, judged: caseOf(row) });
  return { tag: index, messages, maxTokens, temperature: 0, responseSchema: verdictSchema };
}

function repairRequest(
  { index, answer, problem }: BrokenVerdict,
  rows: readonly TeacherOutputRow[],
  { rubric, maxTokens }: JudgeOptions,
): ModelRequest<number> {
  const row = rows[index];
  if (row === undefined) throw new Error(`The judge answered for row ${index} of ${rows.length}`);
  const messages = repairMessages({ rubric, judged: caseOf(row), answer, problem });
  return { tag: index, messages, maxTokens, temperature: 0, responseSchema: verdictSchema };
}

function readAnswer(
  { text, error }: ModelAnswer<number>,
  { model }: JudgeOptions,
): { readonly judgement: Judgement } | { readonly answer: string; readonly problem: string } {
  if (error !== null)
    return { judgement: { state: "failed", detail: { code: error.code, message: excerpt(error.message) } } };
  const parsed = parseVerdict(text ?? "");
  if ("problem" in parsed) return { answer: text ?? "", problem: parsed.problem };
  return { judgement: { state: "judged", judge: model.name, ...parsed.verdict } };
}
