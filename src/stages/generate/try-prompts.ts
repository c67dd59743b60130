import { type ModelRequest, openCalls } from "../../calls/index.ts";
import type { Project } from "../../config/index.ts";
import { BudgetError, type Reporter, UsageError } from "../../core/index.ts";
import { resolveModel } from "../../models/index.ts";
import { type CallSummary, createCallProgress, describeCallSummary } from "../call-progress.ts";
import type { Choices } from "../stage.ts";
import { teacherRole } from "./ask-teacher.ts";
import { readTeacherWork, teacherRequests } from "./teacher-requests.ts";

export interface TryPromptsOptions {
  readonly choices: Choices;
  /** Rows to ask, the first ones. */
  readonly count: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * Asks the teacher the first rows in real time, so that the plan knows how long its answers are. They are in the ledger then and are not bought
 * again.
 * @throws UsageError (exit 2) where the teacher itself cannot be asked; whatever callAll throws but the budget's end.
 */
export async function tryPrompts(
  project: Project,
  { choices, count, reporter, signal }: TryPromptsOptions,
): Promise<CallSummary> {
  const { model: name, isOffline, reason } = choices.teacher;
  if (isOffline)
    throw new UsageError(
      `--try asks the teacher itself, which cannot be asked: ${reason ?? `${name} stands in for it`}`,
      {
        code: "no_model",
        hint: "Leave --try away to plan without asking.",
      },
    );
  const work = await readTeacherWork(project);
  const model = await resolveModel(name, { models: project.nexa.models, dir: project.dir });
  using calls = openCalls(project, { budgetUsd: choices.budgetUsd });
  const progress = createCallProgress(reporter, { total: Math.min(count, work.rows), label: "trying" });
  const options = { model, role: teacherRole, signal, mode: "realtime" as const, ...progress.listeners };
  try {
    const requests = takeFirst(teacherRequests(work), count);
    for await (const answer of calls.callAll(requests, options)) progress.saw(answer);
  } catch (error) {
    if (!(error instanceof BudgetError)) throw progress.explainEnd(error);
    reporter.warn(error.message);
  }
  const summary = progress.end();
  for (const line of describeCallSummary(summary, "tried rows")) reporter.info(line);
  return summary;
}

async function* takeFirst<Tag>(
  requests: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>,
  count: number,
): AsyncGenerator<ModelRequest<Tag>> {
  let taken = 0;
  for await (const request of requests) {
    yield request;
    if (++taken >= count) return;
  }
}
