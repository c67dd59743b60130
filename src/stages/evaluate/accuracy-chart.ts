import * as Plot from "@observablehq/plot";
import { formatPercent } from "../../core/index.ts";
import { type Chart, drawChart } from "./chart.ts";
import type { Interval } from "./wilson.ts";

export interface AccuracyBar {
  readonly label: string;
  /** Share of 1. */
  readonly accuracy: number;
  readonly ci95: Interval;
  /** A colour of the page's style sheet. */
  readonly colour: string;
}

/** Accuracy of each answerer as a dot with its 95% interval, on one scale from 0 to 100%. */
export function drawAccuracy(bars: readonly AccuracyBar[]): Chart {
  const description = bars
    .map(
      ({ label, accuracy, ci95 }) =>
        `${label}: ${formatPercent(accuracy)}, 95% interval ${formatPercent(ci95[0])} to ${formatPercent(ci95[1])}`,
    )
    .join("; ");
  return drawChart(description, (size) => ({
    height: bars.length * 46 + 52,
    marginLeft: 92,
    marginRight: 30,
    marginTop: 18,
    marginBottom: 42,
    x: {
      domain: [0, 100],
      ticks: size === "wide" ? 10 : 5,
      tickFormat: (percent: number) => `${percent}%`,
      grid: true,
      label: size === "wide" ? "requests answered right, with the 95% interval" : "answered right, 95% interval",
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: { label: null, domain: bars.map(({ label }) => label), tickSize: 0, tickPadding: 12, padding: 0.5 },
    marks: [
      Plot.barX(bars, { x: percentOf, y: "label", fill: "colour", fillOpacity: 0.22 }),
      Plot.link(bars, {
        x1: ({ ci95 }: AccuracyBar) => ci95[0] * 100,
        x2: ({ ci95 }: AccuracyBar) => ci95[1] * 100,
        y: "label",
        stroke: "colour",
        strokeWidth: 4,
        strokeLinecap: "round",
      }),
      Plot.dot(bars, {
        x: percentOf,
        y: "label",
        fill: "colour",
        stroke: "var(--surface)",
        strokeWidth: 1.5,
        r: size === "wide" ? 6 : 4.5,
      }),
      Plot.ruleX([0], { stroke: "var(--rule)" }),
    ],
    color: { type: "identity" },
  }));
}

function percentOf({ accuracy }: AccuracyBar): number {
  return accuracy * 100;
}
