/**
 * NexaCompute as a library: durable, budgeted model calls for other programs. What the commands do is done with the same parts.
 *
 * @example
 * ```ts
 * import { callAll, createBudget, createLimiter, openLedger, resolveModel } from "nexacompute";
 *
 * using ledger = openLedger("calls.sqlite");
 * const model = await resolveModel("gpt-4o-mini", { models: {} });
 * const limiter = createLimiter({ start: 8, max: 64, limits: model.limits });
 * const budget = createBudget({ ledger, budgetUsd: 5 });
 * const requests = ["What is a mole?", "What is a dalton?"].map((content, index) => ({
 *   tag: index,
 *   messages: [{ role: "user" as const, content }],
 *   maxTokens: 200,
 * }));
 * const signal = new AbortController().signal;
 * for await (const answer of callAll(requests, { model, ledger, limiter, budget, role: "teacher", signal })) {
 *   console.log(answer.tag, answer.text ?? answer.error?.message);
 * }
 * ```
 *
 * An answer's texts are read from the ledger when they are asked for: take them while it is open.
 * @packageDocumentation
 */
export {
  type Budget,
  type CallAllOptions,
  type CallFailure,
  type CallIdentity,
  callAll,
  createBudget,
  createLimiter,
  identifyCall,
  type Ledger,
  type LedgerCall,
  type LedgerFailure,
  type Limiter,
  type ModelAnswer,
  type ModelRequest,
  openLedger,
  type Spending,
} from "./calls/index.ts";
export {
  BudgetError,
  CancelledError,
  ConfigError,
  DataError,
  type ExitCode,
  exitCodes,
  JobError,
  type Json,
  NexaError,
  ProviderError,
  UsageError,
} from "./core/index.ts";
export {
  costOf,
  type Environment,
  fromLanguageModel,
  type JudgeCase,
  type JudgeProgram,
  type LanguageModelOptions,
  type ModelDescription,
  type ModelEntries,
  type ModelLimits,
  type ModelLocation,
  type ProgramVerdict,
  type ResolvedModel,
  type ResolveModelOptions,
  resolveModel,
  type TokenPrice,
  type TokenRates,
  type TokenUse,
} from "./models/index.ts";
export type { Message } from "./records/index.ts";
export type { GateRule, GateRuleOutcome, GateRuleRow } from "./stages/filter/own-rules/index.ts";
