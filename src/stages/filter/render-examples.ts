import { fitToWidth, type Json, toSafeLine, wrapToWidth } from "../../core/index.ts";
import { excerptAroundFault } from "./fault-excerpt.ts";
import type { Example, GateFigures } from "./gate-figures.ts";

const mostReasons = 8;
const indent = "      ";

/** For each of the most frequent reasons one row with what was measured and the place of the fault, and the names of the others. */
export function renderExamples({ examples, reasons }: GateFigures, columns: number): string[] {
  const shown = [...reasons.keys()].flatMap((reason) => {
    const [first, ...others] = examples.get(reason) ?? [];
    return first === undefined ? [] : [{ reason, first, others }];
  });
  if (shown.length === 0) return [];
  const lines = shown.slice(0, mostReasons).flatMap(({ reason, first, others }) => {
    const quoted = excerptAroundFault(reason, first, columns - indent.length - 2);
    const also = others.map(nameRow).join(", ");
    return [
      ...inTwoLines(`  ${toSafeLine(reason, 48)}: ${nameRow(first)}  ${describeDetail(first.detail)}`, columns),
      ...(quoted === null ? [] : [`${indent}"${quoted}"`]),
      ...(also === "" ? [] : [fitToWidth(`${indent}also ${also}`, columns)]),
    ];
  });
  const which = shown.length > mostReasons ? `of the ${mostReasons} top reasons ` : "";
  return [`examples ${which}(the manifest has up to five of each reason):`, ...lines];
}

function inTwoLines(line: string, columns: number): string[] {
  const [first = "", ...others] = wrapToWidth(line, { columns, indent });
  const rest = others.map((part) => part.trim()).join(" ");
  return rest === "" ? [first] : [first, fitToWidth(indent + rest, columns)];
}

/** "q-12", or "q-12#3" for a further sample; safe for a terminal. */
export function nameRow({ id, sample }: Pick<Example, "id" | "sample">): string {
  return toSafeLine(sample === 0 ? id : `${id}#${sample}`, 40);
}

/** What was measured, as `key=value` with texts in quotes. */
function describeDetail(detail: Json): string {
  if (typeof detail !== "object" || detail === null || Array.isArray(detail)) return toSafeLine(printJson(detail));
  const pairs = Object.entries(detail).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${printJson(value)}`],
  );
  return toSafeLine(pairs.join(" "), 400);
}

/** With numbers as people want them. */
function printJson(value: Json): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "number" && !Number.isInteger(member) ? Number(member.toPrecision(6)) : member,
  );
}
