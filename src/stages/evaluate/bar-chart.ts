import * as Plot from "@observablehq/plot";
import { formatCount } from "../../core/index.ts";
import { type Chart, type ChartSize, drawChart } from "./chart.ts";

export interface Bar {
  readonly label: string;
  readonly count: number;
  /** Said after the count, such as a share. */
  readonly note?: string;
}

export interface BarChartOptions {
  readonly description: string;
  /** What is counted, for the axis. */
  readonly unit: string;
  /** A colour of the page's style sheet. */
  readonly colour: string;
}

/** Pixels that a character of a label takes, and those between it and its bar. */
const characterWidth = 7.4;
const labelPadding = 8;

/** Horizontal bars in the order given, with their counts written out: a funnel or a histogram of names. */
export function drawBars(bars: readonly Bar[], { description, unit, colour }: BarChartOptions): Chart {
  const longest = Math.max(...bars.map(({ label }) => label.length));
  const marginFor = (size: ChartSize): number => Math.min(size === "wide" ? 220 : 150, longest * characterWidth + 18);
  return drawChart(description, (size) => ({
    height: bars.length * 30 + 50,
    marginLeft: marginFor(size),
    marginRight: size === "wide" ? 130 : 96,
    marginTop: 6,
    marginBottom: 40,
    x: {
      label: unit,
      labelAnchor: "center",
      labelArrow: "none",
      ticks: size === "wide" ? 6 : 3,
      tickFormat: formatCount,
      grid: true,
      nice: true,
    },
    y: {
      label: null,
      domain: bars.map(({ label }) => label),
      tickFormat: (label: string) => shorten(label, Math.floor((marginFor(size) - labelPadding) / characterWidth)),
      tickSize: 0,
      tickPadding: labelPadding,
      padding: 0.3,
    },
    marks: [
      Plot.barX(bars, { x: "count", y: "label", fill: colour, rx2: 3 }),
      Plot.text(bars, { x: "count", y: "label", text: describeBar, textAnchor: "start", dx: 6, fill: "currentColor" }),
      Plot.ruleX([0], { stroke: "var(--rule)" }),
    ],
  }));
}

/** The user's own rules have names of up to 45 characters. */
function shorten(label: string, characters: number): string {
  return label.length > characters ? `${label.slice(0, characters - 1)}…` : label;
}

function describeBar({ count, note }: Bar): string {
  return note === undefined ? formatCount(count) : `${formatCount(count)} (${note})`;
}
