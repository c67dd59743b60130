/** Where a run of calls is at one moment; for progress lines. */
export interface CallState {
  /** Calls of this run that a model answered. */
  readonly answered: number;
  readonly failed: number;
  /** Requests whose answer was there already. */
  readonly fromLedger: number;
  readonly inFlight: number;
  /** Calls that failed or were refused and wait for their next try. */
  readonly waiting: number;
  /** Of this run. */
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Dollars, of this run. */
  readonly costUsd: number;
  /** Dollars that the budget has left, reservations taken off; null where there is no budget. */
  readonly budgetLeftUsd: number | null;
  /** The limiter in words, e.g. "at 94% of 500 requests/min; 3 wait after 429"; empty where there is nothing to say. */
  readonly limiter: string;
  /** The batches in words, e.g. "2 batches at the provider: 1,200 of 3,000 done"; empty where there are none. */
  readonly batches: string;
  /** Calls that may be paid twice: their outcome was not seen, and they were asked again. */
  readonly maybePaidTwice: number;
}
