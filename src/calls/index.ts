export type { BatchSettings, CallingMode, CallingOptions } from "./batch/batch-options.ts";
export { type Budget, createBudget, describeSpending } from "./budget.ts";
export { callAll } from "./call-all.ts";
export type { CallAllOptions } from "./call-run.ts";
export { type CallIdentity, identifyCall } from "./identity.ts";
export type { Ledger, Reservation, Spending, UnseenCalls } from "./ledger/ledger.ts";
export type { BatchFilter, BatchIntent, BatchMark, LedgerBatches } from "./ledger/ledger-batches.ts";
export { openLedger, readLedger } from "./ledger/ledger-open.ts";
export type {
  BatchCall,
  BatchState,
  CallFacts,
  CallMode,
  LedgerBatch,
  LedgerCall,
  LedgerFailure,
} from "./ledger/ledger-schema.ts";
export { createLimiter, type Limiter } from "./limiter/limiter.ts";
export { type Calls, ledgerPath, openCalls } from "./open-calls.ts";
export { readLearntLimits } from "./project-limiters.ts";
export type { CallFailure, ModelAnswer, ModelRequest } from "./request.ts";
