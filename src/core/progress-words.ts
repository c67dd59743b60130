import { formatCount, formatDuration, formatUsd, toSafeLine } from "./format.ts";
import type { Progress } from "./progress.ts";

const longestValue = 4_000;

/** "1,200 / 6,000 (20.0%), 431/s, 11 s left, $0.02, detail" with what is known. */
export function describeProgress(progress: Progress): string {
  const { done, total, ratePerSecond, etaSeconds, costUsd, detail } = progress;
  const parts = [
    total === null ? formatCount(done) : `${formatCount(done)} / ${formatCount(total)} (${percentOf(done, total)}%)`,
  ];
  if (ratePerSecond !== null) parts.push(`${formatRate(ratePerSecond)}/s`);
  if (etaSeconds !== null && done !== total) parts.push(`${formatDuration(etaSeconds)} left`);
  if (costUsd > 0) parts.push(formatUsd(costUsd));
  if (detail !== "") parts.push(detail);
  return parts.join(", ");
}

/** `done=1200 total=6000 percent=20.0 rate_per_second=431 ...` with what is known; names and values for people and programs alike. */
export function formatFields({ done, total, ratePerSecond, etaSeconds, costUsd, detail, fields }: Progress): string {
  const known: Record<string, string | number> = { done };
  if (total !== null) Object.assign(known, { total, percent: percentOf(done, total) });
  if (ratePerSecond !== null) known.rate_per_second = ratePerSecond.toFixed(1);
  if (etaSeconds !== null && done !== total) known.eta_seconds = Math.round(etaSeconds);
  if (costUsd > 0) known.cost_usd = Number(costUsd.toPrecision(4));
  if (fields === undefined && detail !== "") known.detail = detail;
  return Object.entries({ ...known, ...fields })
    .map(([name, value]) => `${name}=${formatField(value)}`)
    .join(" ");
}

function formatField(value: string | number): string {
  const text = toSafeLine(String(value), longestValue);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

/** Rounded down: what is not done is not 100. */
function percentOf(done: number, total: number): string {
  return total === 0 ? "100.0" : (Math.floor((1000 * done) / total) / 10).toFixed(1);
}

function formatRate(rate: number): string {
  return rate >= 100 ? formatCount(Math.round(rate)) : rate.toFixed(1);
}
