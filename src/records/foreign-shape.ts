import type { ForeignRow } from "./foreign-row.ts";

type Check = (value: unknown) => boolean;

const mostCount = 2 ** 31 - 1;
const isText: Check = (value) => typeof value === "string";
const isSomeText: Check = (value) => typeof value === "string" && value !== "";
const isCount: Check = (value) => isWithin(value, mostCount) && Number.isInteger(value);

const checks: readonly (readonly [keyof ForeignRow, Check])[] = [
  ["id", (value) => isSomeText(value) || Number.isSafeInteger(value)],
  ["sample", isCount],
  ["prompt", isText],
  ["messages", (value) => Array.isArray(value) && value.length > 0 && value.every(isMessage)],
  ["system", isText],
  ["teacher_output", isText],
  ["category", isText],
  ["expects_json", (value) => typeof value === "boolean"],
  ["reference", isText],
  ["group", isSomeText],
  ["reasoning", isText],
  ["model", isText],
  ["finish_reason", isText],
  ["prompt_tokens", isCount],
  ["completion_tokens", isCount],
  ["cost_usd", (value) => isWithin(value, Number.MAX_VALUE)],
  ["error", isText],
  ["judge_score", (value) => isWithin(value, 1)],
  ["judge", isText],
  ["judge_scores", isText],
  ["judge_rationale", isText],
  ["safety_flags", (value) => Array.isArray(value) && value.every(isText)],
];

/**
 * Whether a value is a row as it stands: what foreignRowSchema would take and, but for keys that nobody reads, give back unchanged. Many times
 * as fast as the schema, which is asked where this says no.
 */
export function isPlainForeignRow(value: unknown): value is ForeignRow {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const row = value as Readonly<Record<string, unknown>>;
  return checks.every(([key, check]) => {
    const member = row[key];
    return member === undefined || member === null || check(member);
  });
}

function isMessage(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return false;
  const { role, content } = value as { role?: unknown; content?: unknown };
  return typeof content === "string" && (role === "user" || role === "assistant" || role === "system");
}

function isWithin(value: unknown, most: number): boolean {
  return typeof value === "number" && value >= 0 && value <= most;
}
