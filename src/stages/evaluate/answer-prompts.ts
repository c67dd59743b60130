import { performance } from "node:perf_hooks";
import type { Calls } from "../../calls/index.ts";
import { type Reporter, toSafeLine } from "../../core/index.ts";
import type { ResolvedModel } from "../../models/index.ts";
import type { Message, TeacherOutputRow } from "../../records/index.ts";

export interface AnswerPromptsOptions {
  readonly prompts: readonly TeacherOutputRow[];
  readonly model: ResolvedModel;
  readonly calls: Pick<Calls, "callAll">;
  /** Whether the packaged rows that the student learnt from begin with the teacher's system message. */
  readonly includeSystem: boolean;
  readonly maxTokens: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Said with the progress, e.g. "trained student". */
  readonly label: string;
  /** Prompts that were answered by others before, and all that will be: what the progress counts in. */
  readonly progress: { readonly before: number; readonly total: number };
}

export interface PromptAnswers {
  /** Index by index as the prompts; null where there is no answer. */
  readonly answers: (string | null)[];
  /** Seconds that it took; null where some of the answers were there already. */
  readonly seconds: number | null;
  readonly costUsd: number;
}

/** Has a student answer every prompt, the likeliest token at each step, through the ledger like any model. */
export async function answerPrompts(options: AnswerPromptsOptions): Promise<PromptAnswers> {
  const { prompts, model, calls, includeSystem, maxTokens, reporter, signal, label, progress } = options;
  const requests = prompts.map((prompt, index) => ({
    tag: index,
    messages: studentMessages(prompt, includeSystem),
    maxTokens,
    temperature: 0,
  }));
  const startedAt = performance.now();
  const answers: (string | null)[] = prompts.map(() => null);
  const failures: string[] = [];
  let [done, costUsd, isFresh] = [0, 0, true];
  for await (const answer of calls.callAll(requests, { model, role: "student", signal })) {
    answers[answer.tag] = answer.text;
    costUsd += answer.costUsd;
    if (answer.error !== null) failures.push(answer.error.message);
    if (answer.isFromLedger) isFresh = false;
    const finished = progress.before + ++done;
    reporter.progress({ done: finished, total: progress.total, detail: finished === progress.total ? "" : label });
  }
  const [failure] = failures;
  if (failure !== undefined) {
    reporter.warn(
      `the ${label} has no answer to ${failures.length} of ${prompts.length} prompts, which count as wrong: ${toSafeLine(failure)}`,
    );
  }
  return { answers, seconds: isFresh ? (performance.now() - startedAt) / 1000 : null, costUsd };
}

/** The conversation as the packaged rows hold it, up to the answer. */
function studentMessages({ messages, system }: TeacherOutputRow, includeSystem: boolean): Message[] {
  return includeSystem && system !== null ? [{ role: "system", content: system }, ...messages] : [...messages];
}
