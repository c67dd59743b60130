import type { CallState } from "../calls/call-state.ts";
import { formatCount, formatUsd, type ProgressFields, type ProgressUpdate } from "../core/index.ts";
import { type CallSummary, formatRate } from "./call-summary.ts";
import type { CallTally } from "./call-tally.ts";

/** What there is to say at one moment. */
export interface Moment {
  readonly tally: CallTally;
  readonly state: CallState;
  /** A second; null before the first. */
  readonly speed: { readonly calls: number | null; readonly tokens: number | null };
  readonly total: number;
  readonly label: string;
}

/** While the calls are made. */
export function describeState(moment: Moment): ProgressUpdate {
  const { tally, state, speed, total } = moment;
  // With nothing on its way, time passes in a pause, a batch or a quota's end: the words for it are told, and not a time left by the speed before.
  const isHeld = state.inFlight === 0 && (state.limiter !== "" || state.batches !== "" || state.waiting > 0);
  const isMoving = !isHeld && speed.calls !== null && speed.calls > 0;
  const eta = isMoving && speed.calls !== null ? { etaSeconds: (total - tally.seen) / speed.calls } : {};
  return {
    done: tally.seen,
    total,
    ratePerSecond: speed.calls,
    etaSeconds: null,
    ...eta,
    costUsd: tally.answersCostUsd,
    detail: describeShortly(moment),
    notes: describeAtLength(moment),
    fields: describeFields(moment),
  };
}

/** For a table with little room. */
function describeShortly({ tally: { failed }, state: { limiter, batches }, label }: Moment): string {
  const words = [label, failed === 0 ? "" : `${formatCount(failed)} failed`, limiter, batches];
  return words.filter((word) => word !== "").join("; ");
}

function describeAtLength({ tally, state, speed, label }: Moment): string[] {
  const counts = [`${formatCount(tally.bought)} answered`];
  if (tally.found > 0) counts.push(`${formatCount(tally.found)} found`);
  if (tally.failed > 0) counts.push(`${formatCount(tally.failed)} failed`);
  counts.push(`${formatCount(state.inFlight)} in flight`);
  if (state.waiting > 0) counts.push(`${formatCount(state.waiting)} to try again`);
  const use = [`${formatRate(speed.tokens ?? 0)} tokens/s`];
  const spent = Math.max(state.costUsd, tally.answersCostUsd);
  if (spent > 0) use.push(describeSpent(state.costUsd, spent - state.costUsd));
  if (state.budgetLeftUsd !== null) use.push(`${formatUsd(Math.max(0, state.budgetLeftUsd))} left of the budget`);
  const lines = [`${label === "" ? "" : `${label}: `}${counts.join(" · ")}`, use.join(" · ")];
  if (state.limiter !== "") lines.push(state.limiter);
  if (state.batches !== "") lines.push(state.batches);
  return lines.map((line) => `  ${line}`);
}

function describeSpent(inRunUsd: number, beforeUsd: number): string {
  return beforeUsd < 0.005 ? formatUsd(inRunUsd) : `${formatUsd(inRunUsd)} now, ${formatUsd(beforeUsd)} before`;
}

function describeFields({ tally, state, speed, label }: Moment): ProgressFields {
  const { inFlight, waiting, budgetLeftUsd, limiter, batches } = state;
  return {
    ...(label === "" ? {} : { what: label }),
    bought: tally.bought,
    found: tally.found,
    failed: tally.failed,
    in_flight: inFlight,
    waiting,
    tokens_per_second: Math.round(speed.tokens ?? 0),
    ...(budgetLeftUsd === null ? {} : { budget_left_usd: Number(budgetLeftUsd.toFixed(4)) }),
    ...(limiter === "" ? {} : { limiter }),
    ...(batches === "" ? {} : { batches }),
  };
}

/** The last word in progress.json: what is done, at the speed of the whole run. */
export function lastUpdate({ tally, summary, total }: Pick<Moment, "tally" | "total"> & { summary: CallSummary }) {
  const { failed, seconds } = summary;
  const detail = failed === 0 ? "" : `${formatCount(failed)} failed`;
  return {
    done: tally.seen,
    total,
    ratePerSecond: seconds > 0 && tally.seen > 0 ? (tally.asked > 0 ? tally.asked : tally.seen) / seconds : null,
    etaSeconds: null,
    costUsd: tally.answersCostUsd,
    detail,
    notes: [],
  };
}
