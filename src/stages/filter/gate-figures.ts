import type { Json } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";

/** What one rule did. */
export interface FunnelStep {
  readonly rule: string;
  /** Rows that passed all the rules before. */
  readonly in: number;
  readonly out: number;
  /** Rows that it rejects, whatever the other rules say of them. */
  readonly alone: number;
}

/** What another threshold of the judge's score would keep, everything else being as it is. */
export interface SweepStep {
  /** 0 to 1. */
  readonly minJudgeScore: number;
  readonly kept: number;
  /** Dollars of all answers and verdicts over the rows kept; null where none is. */
  readonly costPerKeptUsd: number | null;
}

/** One row to look at for a reason. */
export interface Example {
  readonly id: string;
  readonly sample: number;
  readonly detail: Json;
  readonly answer: string | null;
}

/** What became of all rows: kept + rejected + unjudged = input. */
export interface GateFigures {
  readonly input: number;
  readonly kept: number;
  readonly rejected: number;
  /** Neither kept nor rejected: the judge gave no verdict, and nothing else speaks against them. */
  readonly unjudged: number;
  /** Rows of `--input` that could not be read and were skipped; not in the input. */
  readonly badRows: number;
  /** Kept rows whose answer had personal data taken out. */
  readonly redacted: number;
  readonly funnel: readonly FunnelStep[];
  /** Rows per reason, the most frequent first; a row counts for each of its reasons. */
  readonly reasons: ReadonlyMap<ReasonCode, number>;
  /** Empty without a judge. */
  readonly sweep: readonly SweepStep[];
  /** Up to five a reason, in the order of `reasons`. */
  readonly examples: ReadonlyMap<ReasonCode, readonly Example[]>;
}
