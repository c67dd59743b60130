import { formatCount, formatDuration, formatUsd, toSafeLine } from "../../core/index.ts";
import type { Report } from "./report-schema.ts";
import { describeAccuracy, describeGateShare } from "./report-words.ts";

/** The outcome of a pipeline as aligned lines for a terminal: what was asked, kept, rejected and why, cost, accuracy, and where the report lies: `htmlPath`, project-relative when left out. */
export function formatSummary(report: Report, htmlPath: string = report.files.html): string[] {
  const { counts, student, stages } = report;
  const lines: [string, string][] = [
    [
      "asked",
      `${formatCount(counts.answers)} answers to ${formatCount(counts.prompts)} prompts, from ${describeModel(report.teacher)}`,
    ],
    ["kept", `${formatCount(counts.kept)}${shareOf(counts.kept, report)}: ${describeSplits(report)}`],
    ["rejected", describeRejections(report)],
    ["cost", formatUsd(report.cost_usd)],
    [
      "student",
      `${describeModel(student)}, ${formatCount(student.steps)} steps in ${formatDuration(student.train_seconds)}`,
    ],
    ...describeResults(report),
    ["time", stages.map(({ name, seconds }) => `${name} ${formatDuration(seconds)}`).join(", ")],
    ["report", htmlPath],
  ];
  return lines.map(([label, words]) => toSafeLine(`${label.padEnd(9)} ${words}`, 1_000));
}

function describeModel({ model, offline }: { readonly model: string; readonly offline: boolean }): string {
  return offline ? `${model} (offline)` : model;
}

function describeSplits({ counts }: Report): string {
  return `${formatCount(counts.train)} to train, ${formatCount(counts.validation)} to validate, ${formatCount(counts.test)} in the test split`;
}

function describeRejections(report: Report): string {
  const { counts } = report;
  const reasons = Object.entries(counts.reasons).map(([reason, count]) => `${reason} ${formatCount(count)}`);
  const several = reasons.length > 1 ? " (a row may have several)" : "";
  const why = reasons.length === 0 ? "" : `: ${reasons.join(", ")}${several}`;
  const unjudged = counts.unjudged === 0 ? "" : `; unjudged ${formatCount(counts.unjudged)}`;
  return `${formatCount(counts.rejected)}${shareOf(counts.rejected, report)}${why}${unjudged}`;
}

function shareOf(rows: number, report: Report): string {
  const share = describeGateShare(rows, report);
  return share === "" ? "" : ` (${share})`;
}

/** "untrained 0.0% (interval) -> trained 93.2% (interval), teacher 90.7% (interval)". */
function describeResults({ evaluation }: Report): [string, string][] {
  const { untrained, trained, teacher, checked, n } = evaluation;
  if (checked === 0)
    return [["right", `not measured: no program checked the answers to the ${formatCount(n)} test requests`]];
  const before = untrained === null ? "" : `untrained ${describeAccuracy(untrained)} -> `;
  const against = teacher === null ? "" : `, teacher ${describeAccuracy(teacher)}`;
  const unchecked = n === checked ? "" : `; ${formatCount(n - checked)} more not measured`;
  return [
    ["right", `${before}trained ${describeAccuracy(trained)}${against}`],
    ["", `of ${formatCount(checked)} unseen requests, 95% intervals in parentheses${unchecked}`],
  ];
}
