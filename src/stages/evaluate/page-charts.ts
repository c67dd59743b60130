import { formatCount, formatDuration } from "../../core/index.ts";
import { drawBars } from "./bar-chart.ts";
import { drawLoss } from "./loss-chart.ts";
import type { LossCurve } from "./loss-curve.ts";
import type { Report } from "./report-schema.ts";
import { describeGateShare } from "./report-words.ts";

/** How many rows each step left, and why the others were rejected. */
export function viewFunnel(report: Report) {
  const { counts } = report;
  const share = (count: number) => describeGateShare(count, report);
  const funnel = [
    { label: "prompts", count: counts.prompts },
    { label: "answers", count: counts.answers },
    { label: "kept", count: counts.kept, note: share(counts.kept) },
    { label: "training rows", count: counts.train, note: share(counts.train) },
  ];
  const reasons = Object.entries(counts.reasons).map(([label, count]) => ({ label, count, note: share(count) }));
  return {
    funnelChart: drawBars(funnel, {
      description: `Funnel: ${funnel.map(({ label, count }) => `${formatCount(count)} ${label}`).join(", ")}`,
      unit: "rows",
      colour: "var(--kept)",
    }),
    funnelNote:
      `${formatCount(counts.rejected)} answers rejected, ${formatCount(counts.unjudged)} unjudged. Of the kept ones, ` +
      `${formatCount(counts.validation)} went to the validation split and ${formatCount(counts.test)} to the test split. Shares are of all rows that came to the gate.`,
    reasonsChart:
      reasons.length === 0
        ? null
        : drawBars(reasons, {
            description: `Rejected answers by reason: ${reasons.map(({ label, count }) => `${label} ${formatCount(count)}`).join(", ")}`,
            unit: "rejected answers",
            colour: "var(--rejected)",
          }),
  };
}

/** The loss by step, in a chart and in words. */
export function viewLoss({ loss_curve: curve, student }: Report, points: LossCurve) {
  const validation =
    curve.validation === null
      ? ""
      : ` Validation loss ${curve.validation.loss.toPrecision(3)} at step ${curve.validation.step}.`;
  return {
    chart: drawLoss(points),
    hasValidation: points.validation.length > 0,
    note:
      `${formatCount(student.steps)} steps in ${formatDuration(student.train_seconds)}; loss ${curve.first?.loss.toPrecision(3) ?? "unknown"} at first, ` +
      `${curve.last?.loss.toPrecision(3) ?? "unknown"} at last.${validation} From ${curve.source}.`,
  };
}
