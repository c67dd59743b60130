import type { ModelDescription } from "../models/index.ts";
import type { Failure } from "./failure.ts";
import {
  explainAllRefused,
  explainFatal,
  explainLongWait,
  explainNoProgress,
  explainUnreachable,
} from "./provider-errors.ts";

/** What is known of a call that just failed, and of the run around it. */
export interface FailedCall {
  readonly model: ModelDescription;
  readonly failure: Failure;
  /** Tries of this call that failed, refusals for rate left out; this one included. */
  readonly failures: number;
  /** Refusals of this call for rate. */
  readonly refusals: number;
  readonly maxRetries: number;
  /** Milliseconds since this call's first try. */
  readonly ageMs: number;
  /** Calls of the run that were answered since this call's first try, and in all. */
  readonly answeredSince: number;
  readonly answeredInRun: number;
  /** Calls of the run that ended without an answer before this one. */
  readonly givenUp: number;
  readonly random: () => number;
}

/** To be tried again later; the failure of its row; or the end of the run. */
export type Verdict = { readonly retryInMs: number } | "row" | { readonly stop: Error };

/** A server never reached is given up after this many tries. */
const unreachableTries = 3;
/** A server that fails every call from the start is given up after this many tries. */
const hopelessTries = 5;
/** A server that answers none of so many first calls will not answer the rest. */
const noneAnswered = 20;
const longestWaitMs = 15 * 60_000;
/** A run that only meets refusals for rate ends after so long. */
const longestStallMs = 10 * 60_000;
/** A run whose server fails every call ends after so long. */
const longestOutageMs = 60_000;
const firstBackoffMs = 500;
const longestBackoffMs = 60_000;

/** Decides on a call that failed. */
export function judgeFailure(call: FailedCall): Verdict {
  const { model, failure, failures, maxRetries, answeredSince, answeredInRun, ageMs } = call;
  switch (failure.kind) {
    case "row":
      return giveUp(call, explainAllRefused);
    case "refused":
      if ((failure.retryAfterMs ?? 0) > longestWaitMs) return { stop: explainLongWait(model, failure) };
      // A refusal says nothing of the row: it is tried as long as others get through.
      if (answeredSince === 0 && ageMs > longestStallMs) return { stop: explainNoProgress(model, failure, ageMs) };
      return { retryInMs: waitFor(call) };
    case "passing":
      if (answeredInRun === 0 && failure.code === "unreachable") {
        return failures < unreachableTries
          ? { retryInMs: waitFor(call) }
          : { stop: explainUnreachable(model, failure) };
      }
      if (answeredInRun === 0 && failures >= hopelessTries) return { stop: explainNoProgress(model, failure, ageMs) };
      if (failures <= maxRetries) return { retryInMs: waitFor(call) };
      if (answeredSince === 0 && ageMs > longestOutageMs) return { stop: explainNoProgress(model, failure, ageMs) };
      return giveUp(call, () => explainNoProgress(model, failure, ageMs));
    default:
      return { stop: explainFatal(model, failure) };
  }
}

/** The row's own failure, unless no call of the run was ever answered. */
function giveUp({ model, failure, answeredInRun, givenUp }: FailedCall, explain: typeof explainAllRefused): Verdict {
  if (model.isLocal || answeredInRun > 0 || givenUp + 1 < noneAnswered) return "row";
  return { stop: explain(model, failure, givenUp + 1) };
}

/** As long as the server says, a little more so that not all come at once; else doubling from half a second. */
function waitFor({ failure, failures, refusals, random }: FailedCall): number {
  if (failure.retryAfterMs !== null)
    return failure.retryAfterMs + random() * Math.min(1000, 50 + failure.retryAfterMs / 10);
  const tries = failure.kind === "refused" ? refusals : failures;
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** (tries - 1)) * (0.5 + random() / 2);
}
