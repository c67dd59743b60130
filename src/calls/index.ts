export { type Budget, createBudget } from "./budget.ts";
export { callAll } from "./call-all.ts";
export type { CallAllOptions } from "./call-run.ts";
export { type CallIdentity, identifyCall } from "./identity.ts";
export { Ledger, openLedger, type Reservation, type Spending } from "./ledger.ts";
export type { LedgerCall, LedgerFailure } from "./ledger-schema.ts";
export { createLimiter, type Limiter, type LimiterOptions } from "./limiter.ts";
export { type Calls, ledgerPath, openCalls } from "./open-calls.ts";
export type { CallFailure, ModelAnswer, ModelRequest } from "./request.ts";
