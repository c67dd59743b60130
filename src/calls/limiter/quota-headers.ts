import { dayMs, hourMs, minuteMs, type QuotaKind, type QuotaReading, secondMs } from "./quota-reading.ts";
import { parseReset, serverTime } from "./reset-time.ts";

interface HeaderFamily {
  readonly kind: QuotaKind;
  readonly windowMs: number | null;
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

function family(kind: QuotaKind, windowMs: number | null, pattern: string): HeaderFamily {
  const name = (part: string): string => pattern.replace("*", part);
  return { kind, windowMs, limit: name("limit"), remaining: name("remaining"), reset: name("reset") };
}

/**
 * How servers spell it. OpenAI's names are used by many, Groq among them, whose requests are those of a day; so their window is found out by
 * the reset. Cerebras, SambaNova and Mistral name the window; Fireworks and Together count by the second.
 */
const families: readonly HeaderFamily[] = [
  family("requests", null, "x-ratelimit-*-requests"),
  family("tokens", null, "x-ratelimit-*-tokens"),
  family("requests", minuteMs, "anthropic-ratelimit-requests-*"),
  family("tokens", minuteMs, "anthropic-ratelimit-tokens-*"),
  family("input_tokens", minuteMs, "anthropic-ratelimit-input-tokens-*"),
  family("output_tokens", minuteMs, "anthropic-ratelimit-output-tokens-*"),
  family("requests", secondMs, "x-ratelimit-*-requests-second"),
  family("requests", minuteMs, "x-ratelimit-*-requests-minute"),
  family("requests", minuteMs, "x-ratelimit-*-req-minute"),
  family("requests", hourMs, "x-ratelimit-*-requests-hour"),
  family("requests", dayMs, "x-ratelimit-*-requests-day"),
  family("tokens", minuteMs, "x-ratelimit-*-tokens-minute"),
  family("tokens", hourMs, "x-ratelimit-*-tokens-hour"),
  family("tokens", dayMs, "x-ratelimit-*-tokens-day"),
  family("input_tokens", secondMs, "x-ratelimit-*-tokens-prompt"),
  family("output_tokens", secondMs, "x-ratelimit-*-tokens-generated"),
  family("tokens", secondMs, "x-tokenlimit-*"),
];

/** Without a word of what they count: requests, where no header above says more. */
const plainFamilies: readonly HeaderFamily[] = [
  family("requests", null, "x-ratelimit-*"),
  family("requests", null, "ratelimit-*"),
];

const none: readonly QuotaReading[] = [];

/** All quotas that a response's headers (lower-case names) tell of, each kind and window once; empty where there are none. */
export function readQuotaHeaders(headers: Readonly<Record<string, string>>, now: number): readonly QuotaReading[] {
  let readings: QuotaReading[] | null = null;
  for (const family of families) {
    if (headers[family.limit] !== undefined) readings = readFamily(headers, { family, now, readings });
  }
  if (readings?.some(({ kind }) => kind === "requests")) return readings;
  for (const family of plainFamilies) {
    if (headers[family.limit] !== undefined) return readFamily(headers, { family, now, readings }) ?? none;
  }
  return readings ?? none;
}

interface FamilyContext {
  readonly family: HeaderFamily;
  readonly now: number;
  readonly readings: QuotaReading[] | null;
}

function readFamily(headers: Readonly<Record<string, string>>, { family, now, readings }: FamilyContext) {
  const limitText = headers[family.limit] ?? "";
  const limit = readCount(limitText);
  if (limit === null || limit === 0) return readings;
  const resetText = headers[family.reset];
  const reading = {
    kind: family.kind,
    limit,
    remaining: readCount(headers[family.remaining] ?? ""),
    resetMs: resetText === undefined ? null : parseReset(resetText, serverTime(headers, now)),
    windowMs: family.windowMs ?? readPolicyWindow(headers, limitText),
  };
  return [...(readings ?? []), reading];
}

/** "100", or the first number of "100, 100;window=60", as an early draft of the standard has it. */
function readCount(text: string): number | null {
  const [, count] = /^\s*(\d+(?:\.\d+)?)\s*(?:[,;].*)?$/.exec(text) ?? [];
  return count === undefined ? null : Number(count);
}

/** Seconds of the window, where a policy says them: "100;w=60". @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function readPolicyWindow(headers: Readonly<Record<string, string>>, limitText: string): number | null {
  const text = limitText.includes("w") ? limitText : headers["ratelimit-policy"];
  const [, seconds] = /;\s*w(?:indow)?=(\d+)/.exec(text ?? "") ?? [];
  return seconds === undefined ? null : Number(seconds) * 1000;
}
