import * as Plot from "@observablehq/plot";
import { type Chart, drawChart } from "./chart.ts";
import { type LossCurve, type LossPoint, thinCurve } from "./loss-curve.ts";

/** Most points drawn of a curve. */
const maxPoints = 500;

/** Training and validation loss by step, on a logarithmic scale where all losses are above 0. */
export function drawLoss({ training, validation }: LossCurve): Chart {
  const isPositive = [...training, ...validation].every(({ loss }) => loss > 0);
  const line = thinCurve(training, maxPoints);
  const [first, last] = [training[0], training.at(-1)];
  const description = `Training loss from ${format(first)} at step ${first?.step ?? 0} to ${format(last)} at step ${last?.step ?? 0}`;
  return drawChart(description, (size) => ({
    height: size === "wide" ? 320 : 260,
    marginLeft: 58,
    marginRight: 18,
    marginTop: 26,
    marginBottom: 42,
    x: {
      label: "step",
      labelAnchor: "center",
      labelArrow: "none",
      ticks: size === "wide" ? 8 : 4,
      domain: [0, last?.step ?? 1],
    },
    y: {
      type: isPositive ? "log" : "linear",
      label: isPositive ? "loss (log scale)" : "loss",
      labelArrow: "none",
      grid: true,
      nice: true,
      ticks: 5,
      tickFormat: (loss: number) =>
        loss !== 0 && loss < 0.001 ? loss.toExponential() : String(Number(loss.toPrecision(3))),
    },
    marks: [
      Plot.lineY(line, { x: "step", y: "loss", stroke: "var(--trained)", strokeWidth: 1.4 }),
      Plot.lineY(validation, { x: "step", y: "loss", stroke: "var(--teacher)", strokeWidth: 2.2 }),
      Plot.dot(validation, { x: "step", y: "loss", fill: "var(--teacher)", r: 3.2 }),
    ],
  }));
}

function format(point: LossPoint | undefined): string {
  return point === undefined ? "nothing" : point.loss.toPrecision(3);
}
