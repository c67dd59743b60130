import type { Project } from "../config/index.ts";
import type { ResolvedModel } from "../models/index.ts";
import type { CallingMode, CallingOptions } from "./batch/batch-options.ts";
import { type Budget, createBudget } from "./budget.ts";
import { callAll } from "./call-all.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { openLedger } from "./ledger/ledger-open.ts";
import type { Limiter } from "./limiter/limiter.ts";
import { createProjectLimiters } from "./project-limiters.ts";
import type { ModelAnswer, ModelRequest } from "./request.ts";

/** Where a project's ledger is, relative to its folder. */
export const ledgerPath = ".nexa/ledger.sqlite";

/** A project's ledger, budget and limiters together: what a stage needs to call models. */
export interface Calls extends Disposable {
  readonly ledger: Ledger;
  readonly budget: Budget;
  /** The limiter of a model; the same one for all calls of it. */
  limiterFor(model: ResolvedModel): Limiter;
  /** callAll with the project's ledger, budget, limiter and settings. */
  callAll<Tag>(
    requests: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>,
    options: ProjectCallOptions,
  ): AsyncGenerator<ModelAnswer<Tag>>;
}

/** What a caller says of its calls; the project's settings count where it leaves something out. */
export type ProjectCallOptions = Omit<CallingOptions, "ledger" | "limiter" | "budget">;

const teacherRole = "teacher";

/** What limiters have learnt is kept so often, and at the end: a run that is killed loses little of it. */
const keepEveryMs = 10_000;

/** @throws DataError or JobError naming the ledger where it is damaged or cannot be written. */
export function openCalls(project: Project, { budgetUsd }: { budgetUsd: number | null }): Calls {
  const ledger = openLedger(project.path(ledgerPath));
  const budget = createBudget({ ledger, budgetUsd });
  const { batch_size: start, max_concurrency: max, ...distill } = project.distill;
  const limiters = createProjectLimiters({ ledger, start, max });
  const timer = setInterval(() => limiters.save(), keepEveryMs).unref();
  const settings = {
    maxRetries: distill.max_retries,
    maxFailedShare: distill.max_failed_share,
    whenQuotaEnds: distill.when_quota_ends,
    batch: {
      minCalls: distill.batch.min_calls,
      maxCalls: distill.batch.max_calls,
      pollMs: distill.batch.poll_seconds * 1000,
    },
  };
  // The mode is the teacher's: a judge or student whose server has no Batch API is no error.
  const modeFor = (role: string): CallingMode =>
    distill.mode === "batch" && role !== teacherRole ? "auto" : distill.mode;
  return {
    ledger,
    budget,
    limiterFor: (model) => limiters.limiterFor(model),
    callAll: (requests, options) =>
      callAll(requests, {
        mode: modeFor(options.role),
        ...settings,
        ...options,
        ledger,
        budget,
        limiter: limiters.limiterFor(options.model),
      }),
    [Symbol.dispose]() {
      clearInterval(timer);
      limiters.save();
      ledger[Symbol.dispose]();
    },
  };
}
