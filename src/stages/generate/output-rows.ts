import { identifyCall, type Ledger, type LedgerCall } from "../../calls/index.ts";
import { CancelledError } from "../../core/index.ts";
import { loadTokenCounter, type ResolvedModel, type TokenCounter } from "../../models/index.ts";
import { groupOfPrompt, type TeacherOutputRow } from "../../records/index.ts";
import { IdentitySet } from "../identity-set.ts";
import type { TeacherOutcome } from "./ask-teacher.ts";
import type { CallIndex } from "./call-index.ts";
import type { NumberedPrompt } from "./input/numbered-prompt.ts";
import { type ReadAnswer, readAnswer } from "./read-answer.ts";
import type { RowTally } from "./row-tally.ts";
import { conversationOf, requestOf, type TeacherWork } from "./teacher-requests.ts";

export interface OutputRowsOptions {
  readonly work: TeacherWork;
  readonly index: CallIndex;
  readonly outcome: TeacherOutcome;
  readonly ledger: Ledger;
  readonly model: ResolvedModel;
  readonly tally: RowTally;
  readonly signal: AbortSignal;
}

/**
 * The rows by prompt and then by sample, each read from the prompts' files and the ledger when it is its turn. An answer that serves several
 * rows costs the first one. Tokens that the model did not count are counted in o200k.
 */
export async function* outputRows(options: OutputRowsOptions): AsyncGenerator<TeacherOutputRow> {
  const { work, tally, model, signal } = options;
  const paid = new IdentitySet();
  let counter: TokenCounter | null = null;
  for await (const { index: number, prompt } of work.prompts.rows()) {
    if (signal.aborted) throw new CancelledError();
    for (let sample = 0; sample < work.samplesPerPrompt; sample++) {
      const row = number * work.samplesPerPrompt + sample;
      const { calls, answer } = lastAnswer({ ...options, prompt, sample, row });
      const call = calls.at(-1) ?? null;
      if (call !== null && (call.prompt_tokens === null || call.completion_tokens === null))
        counter ??= await loadTokenCounter();
      const costUsd = calls.reduce(
        (sum, one) => sum + (one.cost_usd > 0 && paid.add(one.identity) ? one.cost_usd : 0),
        0,
      );
      const error = answer === null ? describeFailure(options.outcome, row) : answer.error;
      tally.count({ id: prompt.id, error, costUsd });
      yield {
        ...promptColumns(prompt, work),
        teacher_output: answer?.text ?? null,
        reasoning: answer?.reasoning ?? null,
        finish_reason: call?.finish_reason ?? "error",
        error,
        ...countTokens(call, prompt, work, counter),
        sample,
        model: model.name,
        cost_usd: costUsd,
      };
    }
  }
}

function promptColumns(prompt: NumberedPrompt, { system, format }: TeacherWork) {
  const { line: _line, file: _file, ...row } = prompt;
  const group = row.group ?? groupOfPrompt(row.prompt);
  return { ...row, group, expects_json: row.expects_json || format !== null, ...conversationOf(prompt, system) };
}

interface RowOptions extends OutputRowsOptions {
  readonly prompt: NumberedPrompt;
  readonly sample: number;
  readonly row: number;
}

/** The bought calls of a row, in their order, and what the last of them says: one that gave no answer may have been asked once more. */
function lastAnswer(options: RowOptions): { calls: readonly LedgerCall[]; answer: ReadAnswer | null } {
  const { work, index, ledger, model, prompt, sample, row } = options;
  const calls: LedgerCall[] = [];
  let answer: ReadAnswer | null = null;
  for (let attempt = 0; attempt === 0 || answer?.error != null; attempt++) {
    const isKnown = attempt === index.attempt(row);
    const identity = isKnown
      ? index.identity(row)
      : identifyCall(model, requestOf(prompt, { context: work, sample, tag: row, attempt })).identity;
    const call = ledger.find(identity);
    if (call === null) break;
    calls.push(call);
    answer = readAnswer(call, work.format);
  }
  return { calls, answer };
}

function describeFailure({ failures }: TeacherOutcome, row: number): string {
  const failure = failures.get(row);
  if (failure === undefined) throw new Error(`Row ${row} has neither an answer in the ledger nor a failure`);
  return `${failure.code}: ${failure.message}`;
}

function countTokens(call: LedgerCall | null, prompt: NumberedPrompt, work: TeacherWork, counter: TokenCounter | null) {
  if (call === null) return { prompt_tokens: 0, completion_tokens: 0 };
  const { messages } = requestOf(prompt, { context: work, sample: 0, tag: 0 });
  return {
    prompt_tokens: call.prompt_tokens ?? counter?.messages(messages) ?? 0,
    completion_tokens: call.completion_tokens ?? counter?.text(call.text) ?? 0,
  };
}
