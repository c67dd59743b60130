import { nextMidnightIn, nextUtcMidnight } from "./limiter/long-quota.ts";
import { minuteMs, type QuotaKind, type QuotaReading } from "./limiter/quota-reading.ts";
import { parseDuration, parseReset, serverTime } from "./limiter/reset-time.ts";
import { readRetryAfterMs } from "./retry-after.ts";

/** What a refusal for rate says, in its headers and in its body. */
export interface RefusalDetails {
  /** Null where it does not say. */
  readonly retryAfterMs: number | null;
  /** When a quota of a day that has ended comes back, in milliseconds since the epoch; null where it is a shorter quota. */
  readonly quotaEndsAt: number | null;
  /** Limits that the body tells of. */
  readonly readings: readonly QuotaReading[];
  /** The account is allowed nothing at all. */
  readonly isZeroAllowance: boolean;
}

interface Refusal {
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body's `error`, as far as there is one. */
  readonly error: unknown;
  readonly message: string;
  readonly now: number;
}

/** A longer wait than this is the end of a long quota, whatever its name. */
export const longestPauseMs = 15 * 60_000;

const dailyWords = /per[- _]?day|\bRPD\b|\bTPD\b|daily (?:limit|quota)/i;

export function readRefusal({ headers, error, message, now }: Refusal): RefusalDetails {
  const all = { ...headers, ...headersInBody(error) };
  const violations = readViolations(error);
  const retryAfterMs = readRetryAfterMs(all, now) ?? readRetryDelay(error) ?? readPlainReset(all, now);
  const isDaily = violations.some(({ quotaId }) => /PerDay/i.test(quotaId)) || dailyWords.test(message);
  return {
    retryAfterMs,
    quotaEndsAt: endOfQuota({ retryAfterMs, isDaily, isGoogle: violations.length > 0, now }),
    readings: violations.flatMap(toReading),
    isZeroAllowance: all["x-ratelimit-limit-req-minute"]?.trim() === "0",
  };
}

interface QuotaTimes {
  readonly retryAfterMs: number | null;
  readonly isDaily: boolean;
  readonly isGoogle: boolean;
  readonly now: number;
}

/** Google's retryDelay is that of its shortest quota, even where the day's has ended; its day begins at midnight in California. */
function endOfQuota({ retryAfterMs, isDaily, isGoogle, now }: QuotaTimes): number | null {
  if (isDaily && isGoogle) return nextMidnightIn("America/Los_Angeles", now);
  if (retryAfterMs !== null) return isDaily || retryAfterMs > longestPauseMs ? now + retryAfterMs : null;
  return isDaily ? nextUtcMidnight(now) : null;
}

/** OpenRouter's refusals have their headers in `error.metadata.headers`. */
function headersInBody(error: unknown): Record<string, string> {
  const headers = field(field(error, "metadata"), "headers");
  if (typeof headers !== "object" || headers === null) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** "x-ratelimit-reset", which is only a wait where nothing remains. */
function readPlainReset(headers: Readonly<Record<string, string>>, now: number): number | null {
  const [prefix] = ["x-ratelimit", "ratelimit"].filter((name) => headers[`${name}-remaining`]?.trim() === "0");
  const reset = prefix === undefined ? undefined : headers[`${prefix}-reset`];
  return reset === undefined ? null : parseReset(reset, serverTime(headers, now));
}

/** @see https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto for RetryInfo */
function readRetryDelay(error: unknown): number | null {
  for (const detail of detailsOf(error)) {
    const delay = field(detail, "retryDelay");
    if (typeof delay === "string") return parseDuration(delay);
  }
  return null;
}

interface Violation {
  /** E.g. "GenerateRequestsPerDayPerProjectPerModel-FreeTier". */
  readonly quotaId: string;
  readonly quotaValue: number | null;
}

function readViolations(error: unknown): Violation[] {
  return detailsOf(error).flatMap((detail) => {
    const violations = field(detail, "violations");
    if (!Array.isArray(violations)) return [];
    return violations.flatMap((violation): Violation[] => {
      const quotaId = field(violation, "quotaId");
      const value = Number(field(violation, "quotaValue") ?? Number.NaN);
      return typeof quotaId === "string" ? [{ quotaId, quotaValue: value > 0 ? value : null }] : [];
    });
  });
}

function toReading({ quotaId, quotaValue: limit }: Violation): QuotaReading[] {
  if (limit === null || !/PerMinute/i.test(quotaId)) return [];
  const kind: QuotaKind = /InputToken/i.test(quotaId)
    ? "input_tokens"
    : /Request/i.test(quotaId)
      ? "requests"
      : "tokens";
  return [{ kind, limit, remaining: null, resetMs: null, windowMs: minuteMs }];
}

function detailsOf(error: unknown): readonly unknown[] {
  const details = field(error, "details");
  return Array.isArray(details) ? details : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
