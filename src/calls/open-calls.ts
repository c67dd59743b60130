import type { Project } from "../config/index.ts";
import type { ResolvedModel } from "../models/index.ts";
import { type Budget, createBudget } from "./budget.ts";
import { callAll } from "./call-all.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import type { ModelAnswer, ModelRequest } from "./request.ts";

/** Where a project's ledger is, relative to its folder. */
export const ledgerPath = ".nexa/ledger.sqlite";

/** A project's ledger, budget and limiters together: what a stage needs to call models. */
export interface Calls extends Disposable {
  readonly ledger: Ledger;
  readonly budget: Budget;
  /** The limiter of a model; the same one for all calls of it. */
  limiterFor(model: ResolvedModel): Limiter;
  /** callAll with the project's ledger, budget, limiter and retries. */
  callAll<Tag>(
    requests: AsyncIterable<ModelRequest<Tag>> | Iterable<ModelRequest<Tag>>,
    options: { readonly model: ResolvedModel; readonly role: string; readonly signal: AbortSignal },
  ): AsyncGenerator<ModelAnswer<Tag>>;
}

/** @throws DataError or JobError naming the ledger where it is damaged or cannot be written. */
export function openCalls(project: Project, { budgetUsd }: { budgetUsd: number | null }): Calls {
  const ledger = openLedger(project.path(ledgerPath));
  const budget = createBudget({ ledger, budgetUsd });
  const limiters = new Map<string, Limiter>();
  const { batch_size: start, max_concurrency: max, max_retries: maxRetries } = project.distill;
  const limiterFor = (model: ResolvedModel): Limiter => {
    const key = `${model.provider} ${model.origin} ${model.identity}`;
    const limits =
      model.maxConcurrency === null ? { start, max } : { start: model.maxConcurrency, max: model.maxConcurrency };
    const limiter = limiters.get(key) ?? createLimiter(limits);
    limiters.set(key, limiter);
    return limiter;
  };
  return {
    ledger,
    budget,
    limiterFor,
    callAll: (requests, { model, role, signal }) =>
      callAll(requests, { model, role, signal, ledger, budget, maxRetries, limiter: limiterFor(model) }),
    [Symbol.dispose]: () => ledger[Symbol.dispose](),
  };
}
