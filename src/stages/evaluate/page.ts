import { createHash } from "node:crypto";
import { Eta } from "eta";
import type { LossCurve } from "./loss-curve.ts";
import { pageStyle } from "./page-style.ts";
import { pageTemplate } from "./page-template.ts";
import { toPageValue } from "./page-text.ts";
import { createPageView } from "./page-view.ts";
import type { Report } from "./report-schema.ts";

/**
 * The page's security policy: it loads nothing, runs no script, and is styled by its own style sheet alone, named by its hash.
 * @see https://www.w3.org/TR/CSP3/
 */
const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(pageStyle).digest("base64")}'; base-uri 'none'; form-action 'none'`;

/** Renders report.html: one self-contained file. */
export function renderPage(report: Report, curve: LossCurve): string {
  const eta = new Eta({ autoEscape: true, autoTrim: [false, "nl"], cache: false });
  return eta.renderString(pageTemplate, { ...createPageView(toPageValue(report), curve), style: pageStyle, policy });
}
