import { type Json, toSafeLine } from "../../../core/index.ts";
import { excerpt } from "../rule.ts";

const deepestDetail = 32;

/** Whether JSON holds the value as it is: nothing is turned into something else, and nothing dropped but members that are undefined. */
export function isJson(value: unknown, depth = 0): value is Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  // A circle of references ends here too.
  if (typeof value !== "object" || depth === deepestDetail) return false;
  if (Array.isArray(value)) return Array.from(value).every((item) => isJson(item, depth + 1));
  return isPlainObject(value) && Object.values(value).every((item) => item === undefined || isJson(item, depth + 1));
}

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  // A toJSON would put something else in its place.
  return (prototype === Object.prototype || prototype === null) && !("toJSON" in value);
}

const mostDetail = 4_000;

/** A detail of a million rows is memory and disk: one whose JSON is longer than 4,000 characters is cut, and says so. */
export function limitDetail(detail: Json): Json {
  const text = JSON.stringify(detail);
  return text.length <= mostDetail ? detail : { cut: true, characters: text.length, start: excerpt(text, mostDetail) };
}

/** What a value is, for a message about one that should be something else. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing (undefined)";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return `an object (${toSafeLine(value.constructor?.name ?? "without a class", 40)})`;
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return `the text \`${toSafeLine(value, 40)}\``;
  return `${String(value)} (${typeof value})`;
}
