import type { Calls, ModelAnswer, ModelRequest } from "../../calls/index.ts";
import { isJudgeProgram, type ResolvedModel } from "../../models/index.ts";
import type { CallProgress } from "../call-progress.ts";
import {
  type BrokenVerdict,
  createJudgeRequests,
  type JudgeRequestOptions,
  type RowToJudge,
} from "./judge-requests.ts";
import { RowsInFlight } from "./judge-rows-in-flight.ts";
import type { Judgement } from "./judgement.ts";
import { excerpt } from "./rule.ts";
import { createVerdictParser } from "./verdict.ts";

export type { RowToJudge } from "./judge-requests.ts";

export const judgeRole = "judge";

/** What became of a row. */
export interface Judged {
  /** 0-based number in the input. */
  readonly row: number;
  readonly judgement: Judgement;
  /** Whether the first answer was no verdict, so that the judge was asked once more. */
  readonly isAskedAgain: boolean;
}

export interface JudgeOptions extends JudgeRequestOptions {
  readonly calls: Pick<Calls, "callAll" | "ledger">;
  readonly model: ResolvedModel;
  readonly signal: AbortSignal;
  /** Ask calls again that failed for good in an earlier run. */
  readonly retryFailed: boolean;
  /** Is told of every answer, and to expect one more for each row that is asked about again; the rows are the caller's to announce. */
  readonly progress: Pick<CallProgress, "listeners" | "saw" | "expect">;
}

/**
 * Asks the judge for a verdict on each row, and once more where its answer is none. A call that failed, or a second answer that is no
 * verdict, leaves the row without one. Rows are taken as there is room for their calls, and judgements come as they are there, those of the
 * second tries last; no row's texts are held longer than its call is open.
 * @throws what callAll throws: the budget's end, an unreachable server, cancellation; JobError for a judge program that fails on a row.
 */
export async function* judgeRows(
  rows: AsyncIterable<RowToJudge> | Iterable<RowToJudge>,
  options: JudgeOptions,
): AsyncGenerator<Judged> {
  const requests = createJudgeRequests(options);
  const read = createReader(options);
  const broken: BrokenVerdict[] = [];
  for await (const answer of ask(mapEach(rows, requests.first), options)) {
    const { tag: row, identity } = answer;
    const result = read(answer);
    if ("judgement" in result) yield { row, judgement: result.judgement, isAskedAgain: false };
    else broken.push({ row, identity, problem: result.problem });
  }
  if (broken.length === 0) return;
  options.progress.expect(broken.length);
  broken.sort((a, b) => a.row - b.row);
  const again = mapEach(broken, (verdict) => requests.again(verdict, options.calls.ledger));
  for await (const answer of ask(again, options)) {
    const result = read(answer);
    const judgement = "judgement" in result ? result.judgement : unparsed(answer, result.problem);
    yield { row: answer.tag, judgement, isAskedAgain: true };
  }
}

async function* mapEach<From, To>(
  values: AsyncIterable<From> | Iterable<From>,
  toValue: (value: From) => To,
): AsyncGenerator<To> {
  for await (const value of values) yield toValue(value);
}

async function* ask(
  requests: AsyncIterable<ModelRequest<number>>,
  { calls, model, signal, retryFailed, progress }: JudgeOptions,
): AsyncGenerator<ModelAnswer<number>> {
  const options = { model, role: judgeRole, signal, retryFailed, ...progress.listeners };
  const inFlight = new RowsInFlight();
  try {
    for await (const answer of calls.callAll(isJudgeProgram(model) ? inFlight.note(requests) : requests, options)) {
      inFlight.end(answer.tag);
      progress.saw(answer);
      yield answer;
    }
  } catch (error) {
    throw inFlight.nameRow(error);
  }
}

type ReadAnswer = { readonly judgement: Judgement } | { readonly problem: string };

/** The judgement in an answer, or what keeps it from being a verdict. */
function createReader({ model, criteria, maxTokens }: JudgeOptions): (answer: ModelAnswer<number>) => ReadAnswer {
  const parse = createVerdictParser(isJudgeProgram(model) ? null : criteria);
  return ({ text, finishReason, error }) => {
    if (error !== null) {
      return { judgement: { state: "failed", detail: { code: error.code, message: excerpt(error.message) } } };
    }
    const parsed = parse(text ?? "");
    if ("verdict" in parsed) return { judgement: { state: "judged", judge: model.name, ...parsed.verdict } };
    if (finishReason === "length") return { problem: `it was cut at ${maxTokens} tokens` };
    return { problem: finishReason === "content-filter" ? "a content filter stopped it" : parsed.problem };
  };
}

function unparsed({ text, finishReason }: ModelAnswer<number>, problem: string): Judgement {
  const answer = excerpt(text ?? "");
  return { state: "failed", detail: { code: "unparsed_verdict", problem, finish_reason: finishReason, answer } };
}
