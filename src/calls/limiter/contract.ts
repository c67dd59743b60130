import type { CallEnd } from "./account.ts";
import type { Amounts } from "./amounts.ts";
import type { LimiterNote } from "./limiter-note.ts";
import type { QuotaReading } from "./quota-reading.ts";

/** What is known of a call before it is made. */
export interface CallSize {
  /** Characters of all that is sent. */
  readonly promptChars: number;
  readonly maxTokens: number;
}

/** A place among the calls in flight, and the tokens that the call will probably take. */
export interface Permit {
  readonly startedAt: number;
  readonly isProbe: boolean;
  readonly size: CallSize;
  readonly taken: Amounts;
  /** All that the limiter had given out with this call. */
  readonly takenBefore: Amounts;
}

/** How a call ended. */
export interface CallOutcome {
  readonly how: CallEnd;
  readonly retryAfterMs?: number | null;
  /** The response's, with lower-case names. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Quotas that the response's body tells of. */
  readonly readings?: readonly QuotaReading[];
  /** When a day's quota that has ended comes back, in milliseconds since the epoch. */
  readonly quotaEndsAt?: number | null;
  readonly promptTokens?: number | null;
  readonly completionTokens?: number | null;
}

/** A quota of a day, or so, that is used up. */
export interface QuotaEnd {
  /** When calls go on, in milliseconds since the epoch. */
  readonly until: number;
  /** E.g. "the day's quota of 1,000 requests is used up". */
  readonly what: string;
}

/** When calls of one model may start: within its quotas, and within what the account's server takes. */
export interface Limiter {
  /** Calls in flight of the whole account. */
  readonly inFlight: number;
  /** Calls that may be in flight now. */
  readonly concurrency: number;
  /** Whether this model has answered with this key, in this run or an earlier one. */
  readonly hasAnswered: boolean;
  /** Takes a place, if there is one. */
  tryStart(size?: CallSize): Permit | null;
  /** Gives a place back. */
  end(permit: Permit, outcome: CallOutcome): void;
  /** Gives a place back that was not used. */
  cancelStart(permit: Permit): void;
  /** Milliseconds until a call may start; 0 where one may now, null where only the end of a call in flight helps. */
  waitMs(size?: CallSize): number | null;
  /** Null while no long quota has ended. */
  quotaEnd(): QuotaEnd | null;
  /** Milliseconds since the server failed most calls; 0 where it does not. */
  outageMs(): number;
  /** In a few words, what holds calls back; empty where nothing does. */
  describe(): string;
  /** What the next run should know. */
  note(): LimiterNote;
  /** Tells of places that became free; returns how to stop listening. */
  onFree(listener: () => void): () => void;
}
