import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** Widths that a chart is drawn at: for a page in a window or on paper, and for a phone. */
const chartWidths = { wide: 760, narrow: 360 } as const;
export type ChartSize = keyof typeof chartWidths;

/** A drawing for the page, and what it shows, in a sentence, for those who cannot see it. */
export interface Chart {
  /** Static SVG at both widths, to be put in as it is; the style sheet shows the one that fits. */
  readonly svg: string;
  readonly description: string;
}

/** What is used of the drawing; the compiler's DOM library is for browsers and not loaded. */
interface SvgElement {
  readonly outerHTML: string;
  querySelector(selector: string): { remove(): void } | null;
  setAttribute(name: string, value: string): void;
}

/**
 * Draws a plot as static SVG, wide and narrow. Colours come from the page's custom properties, so that one drawing serves light and dark;
 * Plot's own style element is left out, as the page's policy allows one style sheet alone.
 */
export function drawChart(description: string, plotFor: (size: ChartSize) => Plot.PlotOptions): Chart {
  const sizes: readonly ChartSize[] = ["wide", "narrow"];
  return { description, svg: sizes.map((size) => drawSvg(plotFor(size), size)).join("\n") };
}

function drawSvg(plot: Plot.PlotOptions, size: ChartSize): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg: SvgElement = Plot.plot({ document, width: chartWidths[size], className: "chart", ...plot });
  svg.querySelector("style")?.remove();
  svg.setAttribute("class", `chart ${size}`);
  svg.setAttribute("font-size", "13");
  svg.setAttribute("aria-hidden", "true");
  return svg.outerHTML;
}
