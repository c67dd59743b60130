import type { CallFailure, Calls } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { formatCount, ProviderError, type Reporter } from "../../core/index.ts";
import type { ResolvedModel } from "../../models/index.ts";
import type { TeacherWork } from "./teacher-requests.ts";
import { teacherRequests } from "./teacher-requests.ts";

export const teacherRole = "teacher";

/** What became of each row's call, by the row's number; the texts are in the ledger. */
export interface TeacherOutcome {
  /** Ledger keys. */
  readonly identities: readonly string[];
  readonly failures: ReadonlyMap<number, CallFailure>;
  readonly fromLedger: number;
}

export interface AskTeacherOptions {
  readonly project: Project;
  readonly calls: Calls;
  readonly model: ResolvedModel;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * Has every row answered, or failed for a reason of its own.
 * @throws what callAll throws; ProviderError where not a single row was answered.
 */
export async function askTeacher(
  work: TeacherWork,
  { project, calls, model, reporter, signal }: AskTeacherOptions,
): Promise<TeacherOutcome> {
  const identities = new Array<string>(work.rows);
  const failures = new Map<number, CallFailure>();
  const paid = new Set<string>();
  let [done, fromLedger, costUsd] = [0, 0, 0];
  for await (const answer of calls.callAll(teacherRequests(work, project.distill), {
    model,
    role: teacherRole,
    signal,
  })) {
    identities[answer.tag] = answer.identity;
    if (answer.error !== null) failures.set(answer.tag, answer.error);
    if (answer.isFromLedger) fromLedger++;
    if (!paid.has(answer.identity)) costUsd += answer.costUsd;
    paid.add(answer.identity);
    const detail = failures.size === 0 ? "" : `${formatCount(failures.size)} failed`;
    reporter.progress({ done: ++done, total: work.rows, costUsd, detail });
  }
  const [last] = [...failures.values()].slice(-1);
  if (last !== undefined && failures.size === work.rows) {
    throw new ProviderError(
      `${model.name} answered none of the ${formatCount(work.rows)} prompts; the last reason: ${last.message}`,
      {
        code: last.code,
        status: null,
        isRetryable: false,
        hint: "Correct the cause and start again.",
      },
    );
  }
  return { identities, failures, fromLedger };
}
