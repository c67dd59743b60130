import { fitToWidth, formatCount, formatPercent, formatUsd, toSafeLine, wrapToWidth } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";
import { alignTable } from "./align-table.ts";
import type { GateFigures, SweepStep } from "./gate-figures.ts";
import { renderExamples } from "./render-examples.ts";
import { summaryColumns } from "./summary-columns.ts";

export interface SummaryOptions {
  /** The configured threshold, marked in the sweep; null where the judge's score decides nothing. */
  readonly minJudgeScore: number | null;
  /** Columns that a line may take; those that the terminal has when left out. */
  readonly columns?: number | undefined;
}

const barWidth = 24;
const nameWidth = 24;

/** What became of all rows, as lines that are safe for a terminal: funnel, histogram of reasons, sweep of the threshold, examples. */
export function renderSummary(
  figures: GateFigures,
  { minJudgeScore, columns = summaryColumns() }: SummaryOptions,
): string[] {
  const tables = [
    ...renderReasons(figures),
    ...(minJudgeScore === null ? [] : renderSweep(figures, minJudgeScore)),
    ...renderExamples(figures, columns),
  ];
  return [
    ...wrapToWidth(describeOutcome(figures), { columns, indent: "  " }),
    ...renderFunnel(figures, columns),
    ...tables.map((line) => fitToWidth(line, columns)),
  ];
}

function describeOutcome({ input, kept, rejected, unjudged, badRows, redacted }: GateFigures): string {
  const parts = [
    `${formatCount(kept)} kept (${formatPercent(shareOf(kept, input))})`,
    `${formatCount(rejected)} rejected`,
    `${formatCount(unjudged)} unjudged`,
  ];
  if (redacted > 0) parts.push(`${formatCount(redacted)} of the kept redacted`);
  if (badRows > 0) parts.push(`besides ${formatCount(badRows)} bad rows skipped`);
  return `${formatCount(input)} answers: ${parts.join(", ")}`;
}

/** In sequence: `left` after each rule and `lost` by it; `alone`: what it rejects, whatever the others say. Rules without either share a line. */
function renderFunnel({ funnel }: GateFigures, columns: number): string[] {
  const isActive = ({ in: before, out, alone }: (typeof funnel)[number]) => before !== out || alone > 0;
  const active = funnel.filter(isActive);
  const idle = funnel.filter((step) => !isActive(step)).map(({ rule }) => safeName(rule));
  const table = alignTable([
    ["after", "left", "lost", "alone"],
    ...active.map(({ rule, in: before, out, alone }) => [
      safeName(rule),
      formatCount(out),
      before === out ? "" : `-${formatCount(before - out)}`,
      formatCount(alone),
    ]),
  ]);
  const nothing = wrapToWidth(`  nothing lost to ${idle.join(", ")}`, { columns, indent: "    " });
  return [...(active.length === 0 ? [] : table), ...(idle.length === 0 ? [] : nothing)];
}

function renderReasons({ reasons, input }: GateFigures): string[] {
  if (reasons.size === 0) return [];
  const most = Math.max(...reasons.values());
  const bar = (count: number) => "█".repeat(Math.max(1, Math.round((barWidth * count) / most))).padEnd(barWidth);
  return [
    "reasons (a row counts for each of its own):",
    ...alignTable(
      [...reasons].map(([reason, count]) => [
        safeName(reason),
        formatCount(count),
        bar(count),
        formatPercent(shareOf(count, input)),
      ]),
    ),
  ];
}

/** What other thresholds would keep, everything else being as it is. */
function renderSweep({ sweep, kept, input }: GateFigures, minJudgeScore: number): string[] {
  if (sweep.length === 0) return [];
  return [
    "with another threshold, for no further call:",
    ...alignTable([
      ["judge score", "kept", "share", "$ a kept row", ""],
      ...withConfigured(sweep, { minJudgeScore, kept }).map((step) => [
        `>= ${step.minJudgeScore.toFixed(2)}`,
        formatCount(step.kept),
        formatPercent(shareOf(step.kept, input)),
        step.costPerKeptUsd === null ? "" : formatUsd(step.costPerKeptUsd),
        isSame(step.minJudgeScore, minJudgeScore) ? "◀ configured" : "",
      ]),
    ]),
  ];
}

/** The configured threshold has a line of its own where it is none of the usual ones. */
function withConfigured(
  sweep: readonly SweepStep[],
  { minJudgeScore, kept }: { readonly minJudgeScore: number; readonly kept: number },
): readonly SweepStep[] {
  if (sweep.some((step) => isSame(step.minJudgeScore, minJudgeScore))) return sweep;
  // All thresholds share the same bill.
  const known = sweep.find(({ costPerKeptUsd }) => costPerKeptUsd !== null);
  const bill = known === undefined ? null : (known.costPerKeptUsd ?? 0) * known.kept;
  const own = { minJudgeScore, kept, costPerKeptUsd: bill === null || kept === 0 ? null : bill / kept };
  return [...sweep, own].toSorted((a, b) => a.minJudgeScore - b.minJudgeScore);
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-9;
}

function shareOf(count: number, input: number): number {
  return input === 0 ? 0 : count / input;
}

/** The user's own rules have names of their choosing. */
function safeName(name: string | ReasonCode): string {
  return toSafeLine(name, nameWidth);
}
