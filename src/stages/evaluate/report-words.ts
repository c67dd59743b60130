import { formatCount, formatPercent } from "../../core/index.ts";
import type { Measurement, Report } from "./report-schema.ts";
import type { Interval } from "./wilson.ts";

/** What stands where a number would have to be made up. */
export const notMeasured = "not measured";

/** [0.909, 0.95] -> "90.9% to 95.0%". */
export function describeInterval([low, high]: Interval): string {
  return `${formatPercent(low)} to ${formatPercent(high)}`;
}

/** "93.2% (90.9% to 95.0%)", or that it is not measured. */
export function describeAccuracy({ accuracy, ci95 }: Measurement): string {
  return accuracy === null || ci95 === null ? notMeasured : `${formatPercent(accuracy)} (${describeInterval(ci95)})`;
}

/** A share of the rows that came to the gate, those included to which the teacher had no answer; empty where none came. */
export function describeGateShare(rows: number, { counts }: Report): string {
  const input = counts.kept + counts.rejected + counts.unjudged;
  return input === 0 ? "" : formatPercent(rows / input);
}

/** The outcome in two sentences. */
export function describeEvaluation({ evaluation }: Report): string {
  const { trained, untrained, teacher, checked, n } = evaluation;
  if (trained.accuracy === null) {
    return `How well the student answers is not measured: no program checked the answers to the ${formatCount(n)} test requests.`;
  }
  const student = `The student answers ${formatPercent(trained.accuracy)} of ${formatCount(checked)} unseen requests right${describeChange(trained.accuracy, untrained)}.`;
  return teacher === null || teacher.accuracy === null
    ? student
    : `${student} Its teacher: ${formatPercent(teacher.accuracy)}.`;
}

function describeChange(after: number, untrained: Measurement | null): string {
  if (untrained === null || untrained.accuracy === null) return "";
  if (after === untrained.accuracy) return ", as many as before training";
  return `, ${after > untrained.accuracy ? "up" : "down"} from ${formatPercent(untrained.accuracy)} before training`;
}
