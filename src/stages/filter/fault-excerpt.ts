import { displayWidth, fitToWidth, type Json, toSafeLine } from "../../core/index.ts";
import type { ReasonCode } from "../../records/index.ts";
import type { Example } from "./gate-figures.ts";

/** What must not come into a log or a manifest. */
const unquotable: ReadonlySet<ReasonCode> = new Set<ReasonCode>(["secret", "personal_data"]);

/**
 * The answer around the place that the detail names (`offset` or `position`, in UTF-16 code units), in at most so many columns and safe for
 * a terminal; from its start where none is named, its end where it was cut. Null where there is no answer, or it is not to be quoted.
 */
export function excerptAroundFault(reason: ReasonCode, example: Example, columns: number): string | null {
  const { answer, detail } = example;
  if (answer === null || unquotable.has(reason)) return null;
  if (reason === "truncated") return quoteEnd(answer, columns);
  const before = Math.floor(columns / 3);
  const start = Math.max(0, faultOffset(detail, answer) - before);
  // Two code units a column are enough for what terminals draw, but for long rows of combining marks.
  const part = answer.slice(start, start + 2 * columns).toWellFormed();
  const isWhole = start + 2 * columns >= answer.length;
  const line = `${start === 0 ? "" : "…"}${toSafeLine(part, part.length + 1)}`;
  return fitToWidth(isWhole ? line : `${line}…`, columns);
}

function quoteEnd(answer: string, columns: number): string {
  const part = toSafeLine(answer.slice(-columns).toWellFormed(), columns + 1);
  if (part.length === answer.length && displayWidth(part) <= columns) return part;
  let end = part;
  while (displayWidth(end) > columns - 1) end = end.slice(Math.ceil((displayWidth(end) - columns + 1) / 2));
  return `…${end.toWellFormed()}`;
}

/** A rule of the user's own may name any number. */
function faultOffset(detail: Json, answer: string): number {
  if (typeof detail !== "object" || detail === null) return 0;
  const { offset, position } = detail as { readonly offset?: Json; readonly position?: Json };
  const place = offset ?? position;
  return typeof place === "number" && place < answer.length ? Math.floor(place) : 0;
}
