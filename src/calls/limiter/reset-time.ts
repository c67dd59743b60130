const unitMs: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|d|h|m|s))+$/;
const partPattern = /(\d+(?:\.\d+)?)(ms|us|µs|ns|d|h|m|s)/g;

/** A duration as Go prints it, in milliseconds: "6m0s" -> 360000, "120ms" -> 120; null for anything else. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (!durationPattern.test(trimmed)) return null;
  let sum = 0;
  for (const [, amount, unit] of trimmed.matchAll(partPattern)) sum += Number(amount) * (unitMs[unit ?? ""] ?? 0);
  return sum;
}

/**
 * A rate limit's reset, in milliseconds from the response on: a duration ("1m2.5s"), seconds ("23"), seconds or milliseconds since the
 * epoch, or a date (RFC 3339 or HTTP). What is absolute is compared with the response's own clock, as ours may be off.
 */
export function parseReset(text: string, serverNow: number): number | null {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return fromNumber(Number(trimmed), serverNow);
  const duration = parseDuration(trimmed);
  if (duration !== null) return duration;
  const date = /^(?:\d{4}-\d{2}-\d{2}T|[A-Z][a-z]{2},)/.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - serverNow);
}

function fromNumber(value: number, serverNow: number): number {
  if (value >= 1e12) return Math.max(0, value - serverNow);
  if (value >= 1e9) return Math.max(0, value * 1000 - serverNow);
  return Math.round(value * 1000);
}

/** The moment that a response was made at by its server's clock; ours where it does not say. */
export function serverTime(headers: Readonly<Record<string, string>>, now: number): number {
  const date = Date.parse(headers.date ?? "");
  return Number.isNaN(date) ? now : date;
}
