import type { ResolvedModel } from "../models/index.ts";
import type { Budget } from "./budget.ts";
import type { CallState } from "./call-state.ts";
import type { Deadline } from "./deadline.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Limiter } from "./limiter/limiter.ts";

export interface CallAllOptions {
  readonly model: ResolvedModel;
  readonly ledger: Ledger;
  readonly limiter: Limiter;
  readonly budget: Budget;
  /** What the calls are for, e.g. "teacher"; noted in the ledger. */
  readonly role: string;
  readonly signal: AbortSignal;
  /** Tries after the first for a failure that may pass; refusals for rate do not count. */
  readonly maxRetries?: number | undefined;
  /** Ask calls again that failed for good in an earlier run; their failure is handed out otherwise. */
  readonly retryFailed?: boolean | undefined;
  /** After 50 calls, the share of failed ones that ends the run; 1 for none. */
  readonly maxFailedShare?: number | undefined;
  /** At the end of a day's quota: wait for the next day, or end the run. */
  readonly whenQuotaEnds?: "wait" | "stop" | undefined;
  /** Called once at the start with what tells where the run is, at any later moment. */
  readonly onState?: ((read: () => CallState) => void) | undefined;
  /** Told once of each thing that the provider's package warns of, e.g. a setting that the model does not take. */
  readonly onWarning?: ((warning: string) => void) | undefined;
  /** After the signal, how long answers in flight are waited for; a run that ends by itself waits up to two minutes. */
  readonly graceMs?: number | undefined;
  readonly random?: (() => number) | undefined;
  readonly deadline?: Deadline | undefined;
}
