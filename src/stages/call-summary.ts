import { BudgetError, formatCount, formatDuration, formatUsd, toSafeLine } from "../core/index.ts";

/** Rows that failed for one reason. */
export interface FailureGroup {
  readonly code: string;
  readonly rows: number;
  /** The first one's message. */
  readonly example: string;
}

/** What a run of calls came to. */
export interface CallSummary {
  /** Rows that were to be answered. */
  readonly wanted: number;
  /** Rows answered by a call of this run. */
  readonly bought: number;
  /** Rows whose answer was there already, from an earlier run or for an equal row. */
  readonly found: number;
  readonly failed: number;
  /** By reason, the most frequent first. */
  readonly failures: readonly FailureGroup[];
  /** Dollars of this run. */
  readonly costUsd: number;
  /** Dollars of all the answers, those of earlier runs included. */
  readonly answersCostUsd: number;
  readonly budgetLeftUsd: number | null;
  /** Of this run. */
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Calls whose outcome was not seen, as a run was killed or a connection cut, and that were asked again. */
  readonly maybePaidTwice: number;
  readonly seconds: number;
}

const mostReasons = 8;

/** The summary as lines for people; safe for a terminal. */
export function describeCallSummary(summary: CallSummary, unit = "rows"): string[] {
  const { wanted, bought, found, failed, failures, maybePaidTwice } = summary;
  const counts = [`${formatCount(bought)} bought now`];
  if (found > 0) counts.push(`${formatCount(found)} found in the ledger`);
  if (failed > 0) counts.push(`${formatCount(failed)} failed`);
  const missing = wanted - bought - found - failed;
  if (missing > 0) counts.push(`${formatCount(missing)} not asked`);
  const lines = [`${formatCount(wanted)} ${unit}: ${counts.join(", ")}`];
  if (bought > 0) lines.push(describeUse(summary));
  for (const { code, rows, example } of failures.slice(0, mostReasons))
    lines.push(`failed, ${code}: ${formatCount(rows)}, e.g. ${toSafeLine(example, 160)}`);
  const others = failures.slice(mostReasons).reduce((sum, { rows }) => sum + rows, 0);
  if (others > 0) lines.push(`failed for other reasons: ${formatCount(others)}`);
  if (maybePaidTwice > 0)
    lines.push(
      `possibly paid twice: ${formatCount(maybePaidTwice)}, in flight when a run was killed or a connection was cut (\`nexa plan\` says what is held for such calls)`,
    );
  return lines;
}

/** The budget's end with what was got for it, all runs together; any other error as it is. */
export function explainBudgetEnd(
  error: unknown,
  { summary, unit }: { readonly summary: CallSummary; readonly unit: string },
): unknown {
  if (!(error instanceof BudgetError)) return error;
  const { wanted, bought, found, answersCostUsd } = summary;
  const got = `${formatCount(bought + found)} of ${formatCount(wanted)} ${unit} are answered, for ${formatUsd(answersCostUsd)}`;
  return new BudgetError(`${error.message}. ${got}`, { hint: error.hint });
}

function describeUse(summary: CallSummary): string {
  const { bought, costUsd, answersCostUsd, budgetLeftUsd, promptTokens, completionTokens, seconds } = summary;
  const parts = [
    `${formatDuration(seconds)} at ${formatRate(bought / Math.max(seconds, 1e-3))} calls/s`,
    `${formatCount(promptTokens)} prompt and ${formatCount(completionTokens)} completion tokens`,
  ];
  if (answersCostUsd > 0 || costUsd > 0) {
    const before = answersCostUsd - costUsd;
    parts.push(before > 1e-9 ? `${formatUsd(costUsd)} (${formatUsd(before)} before)` : formatUsd(costUsd));
  }
  if (budgetLeftUsd !== null && costUsd > 0) parts.push(`${formatUsd(Math.max(0, budgetLeftUsd))} of the budget left`);
  return parts.join(", ");
}

/** 431 or 4.3. */
export function formatRate(perSecond: number): string {
  return perSecond >= 100 ? formatCount(Math.round(perSecond)) : perSecond.toFixed(1);
}
