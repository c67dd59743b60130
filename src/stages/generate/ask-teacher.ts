import type { CallFailure, Calls, ModelAnswer, ModelRequest } from "../../calls/index.ts";
import { formatCount, ProviderError, type Reporter } from "../../core/index.ts";
import type { ResolvedModel } from "../../models/index.ts";
import { type CallProgress, type CallSummary, createCallProgress } from "../call-progress.ts";
import type { EarlyEstimate } from "../early-estimate.ts";
import type { CallIndex } from "./call-index.ts";
import { requestOf, type TeacherWork } from "./teacher-requests.ts";

export const teacherRole = "teacher";

/** What became of the calls; the texts are in the ledger. */
export interface TeacherOutcome {
  /** By the row's number; equal failures are one object. */
  readonly failures: ReadonlyMap<number, CallFailure>;
  readonly summary: CallSummary;
}

export interface AskTeacherOptions {
  readonly index: CallIndex;
  readonly calls: Calls;
  readonly model: ResolvedModel;
  readonly reporter: Reporter;
  readonly early: EarlyEstimate | null;
  readonly signal: AbortSignal;
  readonly retryFailed: boolean;
}

/**
 * Has every row that is not bought answered, or failed for a reason of its own.
 * @throws what callAll throws; ProviderError where not a single row was answered.
 */
export async function askTeacher(work: TeacherWork, options: AskTeacherOptions): Promise<TeacherOutcome> {
  const { index, calls, model, reporter, early, signal, retryFailed } = options;
  const failures = createFailures();
  const progress = createCallProgress(reporter, { total: work.rows, early });
  let last: CallFailure | null = null;
  try {
    for (const [row, failure] of index.refused) failures.add(row, failure);
    tellKnown(index, progress);
    const requests = requestsToMake(work, index);
    const asked = { model, role: teacherRole, signal, retryFailed, ...progress.listeners };
    if (index.toAsk > 0)
      for await (const answer of calls.callAll(requests, asked)) {
        progress.saw(answer);
        if (answer.error !== null) failures.add(answer.tag, answer.error);
        last = answer.error ?? last;
      }
  } catch (error) {
    throw progress.explainEnd(error);
  }
  if (last !== null && failures.byRow.size === work.rows) throw noneAnswered(last, { model, rows: work.rows });
  return { failures: failures.byRow, summary: progress.end() };
}

/** Only what is missing is read, and asked. */
async function* requestsToMake(work: TeacherWork, index: CallIndex): AsyncGenerator<ModelRequest<number>> {
  const { samplesPerPrompt } = work;
  const samples = Array.from({ length: samplesPerPrompt }, (_, sample) => sample);
  const rowsOf = (prompt: number) => samples.map((sample) => prompt * samplesPerPrompt + sample);
  const isWanted = (prompt: number): boolean => rowsOf(prompt).some((row) => index.isToAsk(row));
  for await (const { index: number, prompt } of work.prompts.rows(isWanted))
    for (const [sample, row] of rowsOf(number).entries())
      if (index.isToAsk(row)) yield requestOf(prompt, { context: work, sample, tag: row, attempt: index.attempt(row) });
}

/** Tells of the rows whose outcome is known before anybody is asked. */
function tellKnown(index: CallIndex, progress: CallProgress): void {
  for (let row = 0; row < index.rows; row++) {
    const costUsd = index.boughtUsd(row);
    const error = index.refused.get(row) ?? null;
    if (costUsd !== null || error !== null)
      progress.saw(knownAnswer(index.identity(row), { costUsd: costUsd ?? 0, error }));
  }
}

function knownAnswer(identity: string, { costUsd, error }: Pick<ModelAnswer, "costUsd" | "error">): ModelAnswer<null> {
  const unread = { text: null, reasoning: null, promptTokens: null, completionTokens: null, tries: 0, latencyMs: 0 };
  return { tag: null, identity, finishReason: "", costUsd, error, isFromLedger: error === null, ...unread };
}

/** Failures by row, each kind of them held once: a hundred thousand rows may fail for one reason. */
function createFailures() {
  const byRow = new Map<number, CallFailure>();
  const kinds = new Map<string, CallFailure>();
  return {
    byRow,
    add(row: number, { code, message }: CallFailure): void {
      const key = `${code}\n${message}`;
      const failure = kinds.get(key) ?? { code, message };
      kinds.set(key, failure);
      byRow.set(row, failure);
    },
  };
}

function noneAnswered(last: CallFailure, { model, rows }: { model: ResolvedModel; rows: number }): ProviderError {
  return new ProviderError(
    `${model.name} answered none of the ${formatCount(rows)} prompts; the last reason: ${last.message}`,
    {
      code: last.code,
      status: null,
      isRetryable: false,
      hint: "Correct the cause and start again.",
    },
  );
}
