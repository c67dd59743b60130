import type { Ledger, LedgerCall } from "../../calls/index.ts";
import { loadTokenCounter, type TokenCounter } from "../../models/index.ts";
import type { Message, TeacherOutputRow } from "../../records/index.ts";
import type { TeacherOutcome } from "./ask-teacher.ts";
import type { NumberedPrompt } from "./read-prompts.ts";
import { conversationOf, type TeacherWork } from "./teacher-requests.ts";

/** Counted while the rows are written. */
export interface RowTally {
  answers: number;
  /** Error code -> rows. */
  readonly failed: Map<string, number>;
  costUsd: number;
}

export interface OutputRowsOptions {
  readonly work: TeacherWork;
  readonly outcome: TeacherOutcome;
  readonly ledger: Ledger;
  /** The teacher's name. */
  readonly model: string;
  readonly tally: RowTally;
}

/**
 * The rows by prompt and then by sample, read from the ledger one at a time. An answer that serves several rows costs the first one. Tokens
 * that the model did not count are counted in o200k.
 */
export async function* outputRows({
  work,
  outcome,
  ledger,
  model,
  tally,
}: OutputRowsOptions): AsyncGenerator<TeacherOutputRow> {
  const paid = new Set<string>();
  let counter: TokenCounter | null = null;
  let row = 0;
  for (const prompt of work.prompts) {
    for (let sample = 0; sample < work.samplesPerPrompt; sample++, row++) {
      const identity = outcome.identities[row] ?? "";
      const call = ledger.find(identity);
      if (call !== null && (call.prompt_tokens === null || call.completion_tokens === null))
        counter ??= await loadTokenCounter();
      const costUsd = call === null || paid.has(identity) ? 0 : call.cost_usd;
      paid.add(identity);
      const error = call === null ? describeFailure(outcome, row) : outcomeError(call);
      tally.costUsd += costUsd;
      if (error === null) tally.answers++;
      else tally.failed.set(codeOf(error), (tally.failed.get(codeOf(error)) ?? 0) + 1);
      yield {
        ...promptColumns(prompt, work.system),
        ...answerColumns(call, error),
        ...countTokens(call, prompt, work, counter),
        sample,
        model,
        cost_usd: costUsd,
      };
    }
  }
}

function promptColumns(prompt: NumberedPrompt, projectSystem: string | null) {
  const { line: _, ...row } = prompt;
  return { ...row, ...conversationOf(prompt, projectSystem) };
}

function answerColumns(call: LedgerCall | null, error: string | null) {
  return {
    teacher_output: error === null ? (call?.text ?? null) : null,
    reasoning: call?.reasoning ?? null,
    finish_reason: call?.finish_reason ?? "error",
    error,
  };
}

/** An answer that is none is no answer; one that was cut at max_tokens is for the gate to judge. */
function outcomeError({ text, finish_reason }: LedgerCall): string | null {
  if (finish_reason === "content-filter") return "content_filter: the provider's content filter stopped the answer";
  return text.trim() === "" ? `empty: the answer has no text (${finish_reason})` : null;
}

function describeFailure({ failures }: TeacherOutcome, row: number): string {
  const failure = failures.get(row);
  if (failure === undefined) throw new Error(`Row ${row} has neither an answer in the ledger nor a failure`);
  return `${failure.code}: ${failure.message}`;
}

function codeOf(error: string): string {
  return error.slice(0, error.indexOf(":"));
}

function countTokens(call: LedgerCall | null, prompt: NumberedPrompt, work: TeacherWork, counter: TokenCounter | null) {
  if (call === null) return { prompt_tokens: 0, completion_tokens: 0 };
  const { system, messages } = conversationOf(prompt, work.system);
  const asked: readonly Message[] = system === null ? messages : [{ role: "system", content: system }, ...messages];
  return {
    prompt_tokens: call.prompt_tokens ?? counter?.messages(asked) ?? 0,
    completion_tokens: call.completion_tokens ?? counter?.text(call.text) ?? 0,
  };
}
