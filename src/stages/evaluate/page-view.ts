import { formatCount, formatDuration, formatPercent, formatUsd } from "../../core/index.ts";
import type { LossCurve } from "./loss-curve.ts";
import { answererLabels, listMeasured, type Measured, viewAccuracy, viewFailures } from "./page-accuracy.ts";
import { viewFunnel, viewLoss } from "./page-charts.ts";
import { viewExample } from "./page-examples.ts";
import type { Report } from "./report-schema.ts";
import { describeEvaluation, describeInterval, notMeasured } from "./report-words.ts";

/** What the page's template shows: texts to be escaped there, and charts. */
export function createPageView(report: Report, curve: LossCurve) {
  const measured = listMeasured(report);
  return {
    title: `What ${report.student.model} learnt from ${report.teacher.model}`,
    headline: describeEvaluation(report),
    subtitle: `Project ${report.project}, ${report.created_at.slice(0, 16).replace("T", " ")} UTC.`,
    cards: measured.map(viewCard),
    ...viewAccuracy(report, measured),
    failures: viewFailures(measured),
    cost: describeCost(report),
    ...viewStages(report),
    ...viewFunnel(report),
    loss: viewLoss(report, curve),
    examples: report.examples.map(viewExample),
    examplesNote: describeExamples(report),
    facts: listFacts(report),
    provenance: report.provenance.map(({ stage, output, sha256, config_hash: configHash, config }) => ({
      stage,
      output,
      sha256,
      configHash,
      config: JSON.stringify(config, null, 2),
    })),
    footer: `The same figures as data: ${report.files.json}. This page loads nothing and runs no script.`,
  };
}

export type PageView = ReturnType<typeof createPageView>;

function viewCard({ name, measurement }: Measured) {
  const { accuracy, ci95, model, checked } = measurement;
  const isMeasured = accuracy !== null && ci95 !== null;
  return {
    kind: name,
    label: `${answererLabels[name]} · ${model}`,
    isMeasured,
    figure: isMeasured ? formatPercent(accuracy) : notMeasured,
    detail: isMeasured
      ? `95% interval ${describeInterval(ci95)}; ${formatCount(measurement.correct)} of ${formatCount(checked)} right`
      : `${formatCount(measurement.answered)} answers, none checked by a program`,
  };
}

function describeExamples({ evaluation }: Report): string {
  if (evaluation.checked === 0) return "The first of the test split.";
  return "From the test split, chosen to show what still goes wrong: first where the trained student errs, then where the teacher does.";
}

function describeCost({ cost_usd: costUsd, counts, teacher, judge, student }: Report): string {
  const offline = [teacher, judge, student].flatMap((model) => (model?.offline ? [model.model] : []));
  const price =
    counts.kept > 0 && costUsd > 0 ? `, ${formatUsd(costUsd / counts.kept)} for each answer that was kept` : "";
  const why =
    offline.length === 0
      ? ""
      : ` Offline models stood in for those of the configuration: ${[...new Set(offline)].join(", ")}.`;
  return `${formatUsd(costUsd)} for model calls${price}.${why}`;
}

function viewStages({ stages }: Report) {
  const view = (name: string, state: string, seconds: number) => ({
    name,
    state,
    time: formatDuration(seconds),
    seconds: seconds.toFixed(1),
  });
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  return {
    stages: stages.map((stage) => view(stage.name, stage.state, stage.seconds)),
    total: view("all", "", seconds),
  };
}

function listFacts({ student, teacher, judge, versions, evaluation }: Report): [string, string][] {
  const withOffline = ({ model, offline }: { model: string; offline: boolean }) =>
    offline ? `${model} (offline)` : model;
  return [
    ["teacher", withOffline(teacher)],
    ["judge", judge === null ? "none" : withOffline(judge)],
    ["student", `${withOffline(student)}, ${formatCount(student.parameters)} parameters`],
    [
      "training",
      `${student.engine} engine, ${formatCount(student.steps)} steps, seed ${student.seed}, ${formatDuration(student.train_seconds)}`,
    ],
    ["checkpoint", student.checkpoint],
    ["test requests", `${formatCount(evaluation.n)}, of which ${formatCount(evaluation.checked)} were checked`],
    [
      "versions",
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", "),
    ],
  ];
}
