import { formatCount } from "../../core/index.ts";
import { drawAccuracy } from "./accuracy-chart.ts";
import type { Measurement, Report } from "./report-schema.ts";

const answererNames = ["untrained", "trained", "teacher"] as const;
type AnswererName = (typeof answererNames)[number];

export const answererLabels: Readonly<Record<AnswererName, string>> = {
  untrained: "Untrained student",
  trained: "Trained student",
  teacher: "Teacher",
};

/** One answerer that the evaluation looked at. */
export interface Measured {
  readonly name: AnswererName;
  readonly measurement: Measurement;
}

/** The answerers of a report, in the order of its page. */
export function listMeasured({ evaluation }: Report): Measured[] {
  return answererNames.flatMap((name) => {
    const measurement = evaluation[name];
    return measurement === null ? [] : [{ name, measurement }];
  });
}

/** The chart of accuracies, and what they are accuracies of. */
export function viewAccuracy({ evaluation }: Report, measured: readonly Measured[]) {
  const bars = measured.flatMap(({ name, measurement: { accuracy, ci95 } }) =>
    accuracy === null || ci95 === null ? [] : [{ label: name, accuracy, ci95, colour: `var(--${name})` }],
  );
  const unchecked = evaluation.n - evaluation.checked;
  return {
    accuracyChart: bars.length === 0 ? null : drawAccuracy(bars),
    accuracyNote: [
      `${formatCount(evaluation.n)} requests of the test split, those included whose answer the gate rejected.`,
      evaluation.checked > 0
        ? "Right means that the whole worked answer holds, or that it equals the prompt's reference. The intervals are Wilson's."
        : "",
      unchecked > 0 ? `${formatCount(unchecked)} of them not measured: no program checked their answers.` : "",
      evaluation.overlap_with_training === 0
        ? "None of them shares its group or its text with a training row."
        : `${formatCount(evaluation.overlap_with_training)} of them share their group or their text with a training row, so the accuracy may be too high.`,
    ]
      .filter((sentence) => sentence !== "")
      .join(" "),
  };
}

/** One row per kind of failure, one column per answerer. */
export function viewFailures(measured: readonly Measured[]) {
  const names = new Set(measured.flatMap(({ measurement }) => Object.keys(measurement.failures)));
  return {
    columns: measured.map(({ name }) => name),
    rows: [...names].map((failure) => ({
      label: failure.replaceAll("_", " "),
      cells: measured.map(({ measurement }) => formatCount(measurement.failures[failure] ?? 0)),
    })),
  };
}
