import type { ModelDescription } from "../models/index.ts";
import type { Failure } from "./failure.ts";
import {
  explainAllRefused,
  explainFatal,
  explainLongWait,
  explainNoProgress,
  explainUnreachable,
  explainWebPage,
} from "./provider-errors.ts";
import { longestPauseMs } from "./refusal-details.ts";

export { longestPauseMs } from "./refusal-details.ts";

/** What is known of a call that just failed, and of the run around it. */
export interface FailedCall {
  readonly model: ModelDescription;
  readonly failure: Failure;
  /** Tries of this call that failed, refusals for rate left out; this one included. */
  readonly failures: number;
  /** Refusals of this call for rate. */
  readonly refusals: number;
  /** Tries that hung. */
  readonly hangs: number;
  readonly maxRetries: number;
  /** Milliseconds since this call's first try. */
  readonly ageMs: number;
  /** Calls of the run that were answered since this call's first try, and in all. */
  readonly answeredSince: number;
  readonly answeredInRun: number;
  /** Whether this model has answered with this key in an earlier run. */
  readonly hadAnswered: boolean;
  /** Milliseconds since the server fails most calls; 0 where it does not. */
  readonly outageMs: number;
  /** Whether hardly any other calls are left. */
  readonly isTail: boolean;
  /** Calls of the run that ended without an answer before this one. */
  readonly givenUp: number;
  readonly random: () => number;
}

/** To be tried again later; the failure of its row; or the end of the run. */
export type Verdict = { readonly retryInMs: number } | "row" | { readonly stop: Error };

/** A server never reached is given up after this many tries. */
const unreachableTries = 3;
/** Or after so long, where many calls are tried. */
const longestUnreachableMs = 5_000;
/** An address that shows web pages is no model's. */
const webPageTries = 2;
/** A server that fails every call from the start is given up after this many tries. */
const hopelessTries = 5;
/** A server that answers none of so many first calls will not answer the rest. */
const noneAnswered = 20;
/** The end of a quota that is nearer than this is waited for, whatever the project wants. */
export const shortestQuotaEndMs = 60_000;
/** A run that only meets refusals for rate ends after so long. */
const longestStallMs = 10 * 60_000;
/** A run whose server fails every call ends after so long, and after so long where it never answered in this run. */
const longestOutageMs = 5 * 60_000;
const longestSilenceMs = 10_000;
/** A call that hung so often will hang again. */
const mostHangs = 4;
const firstBackoffMs = 500;
const longestBackoffMs = 60_000;

/** Decides on a call that failed. */
export function judgeFailure(call: FailedCall): Verdict {
  switch (call.failure.kind) {
    case "row":
      return giveUp(call, explainAllRefused);
    case "refused":
      return judgeRefusal(call);
    case "passing":
      return judgePassing(call);
    default:
      // A moderator or a firewall on the way refuses single prompts so; a key without the right to call is never answered.
      if (call.failure.code === "forbidden" && call.answeredInRun > 0) return "row";
      return { stop: explainFatal(call.model, call.failure) };
  }
}

function judgeRefusal(call: FailedCall): Verdict {
  const { model, failure, answeredSince, ageMs } = call;
  const quotaEndsAt = failure.refusal?.quotaEndsAt ?? null;
  if (quotaEndsAt !== null) return { retryInMs: Math.max(0, quotaEndsAt - Date.now()) + call.random() * 1000 };
  if ((failure.retryAfterMs ?? 0) > longestPauseMs) return { stop: explainLongWait(model, failure) };
  // A refusal says nothing of the row: it is tried as long as others get through.
  if (answeredSince === 0 && ageMs > longestStallMs) return { stop: explainNoProgress(model, failure, ageMs) };
  return { retryInMs: waitFor(call) };
}

function judgePassing(call: FailedCall): Verdict {
  const { model, failure, failures, hangs, maxRetries, answeredSince, answeredInRun, ageMs, outageMs, isTail } = call;
  const again: Verdict = { retryInMs: waitFor(call) };
  if (answeredInRun === 0 && failure.code === "unreachable") {
    const isGivenUp = failures >= unreachableTries || outageMs > longestUnreachableMs;
    return isGivenUp ? { stop: explainUnreachable(model, failure) } : again;
  }
  if (answeredInRun === 0 && failure.code === "web_page" && failures >= webPageTries) {
    return { stop: explainWebPage(model, failure) };
  }
  // The last rows of a run, asked again and again: that they fail is theirs to show, not the server's.
  const isOwnFault = isTail && call.hadAnswered && failure.code !== "unreachable";
  if (!isOwnFault && answeredInRun === 0 && failures >= hopelessTries) {
    return { stop: explainNoProgress(model, failure, ageMs) };
  }
  if (!isOwnFault && outageMs > (answeredInRun === 0 ? longestSilenceMs : longestOutageMs)) {
    return { stop: explainNoProgress(model, failure, outageMs) };
  }
  if (failures <= maxRetries && (hangs < mostHangs || (answeredSince === 0 && !isOwnFault))) return again;
  // Nobody is answered: that is not the row's fault.
  if (answeredSince === 0 && answeredInRun > 0 && !isTail) {
    return ageMs > longestOutageMs ? { stop: explainNoProgress(model, failure, ageMs) } : again;
  }
  return giveUp(call, () => explainNoProgress(model, failure, ageMs));
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
