import { z } from "zod";
import { type QuotaReading, quotaKinds } from "./quota-reading.ts";

/** What was learnt of a model's limits, for the next run. */
export interface LimiterNote {
  readonly limits: readonly QuotaReading[];
  /** The rate that a server was seen to allow; null where none was found. */
  readonly requestsPerMs: number | null;
}

const positive = z.number().positive();
const kept = z.object({
  saved_at: z.iso.datetime(),
  requests_per_minute: positive.nullable(),
  limits: z.array(z.object({ kind: z.enum(quotaKinds), limit: positive, window_ms: positive })),
});

/** Older than this, an account may have changed. */
const longestKeptMs = 7 * 86_400_000;

/** As it is kept in the ledger. */
export function writeLimiterNote({ limits, requestsPerMs }: LimiterNote, now: number): string {
  return JSON.stringify({
    saved_at: new Date(now).toISOString(),
    requests_per_minute: requestsPerMs === null ? null : requestsPerMs * 60_000,
    limits: limits.flatMap(({ kind, limit, windowMs }) =>
      windowMs === null ? [] : [{ kind, limit, window_ms: windowMs }],
    ),
  });
}

/** Null where there is none, or none that helps. */
export function readLimiterNote(text: string | null, now: number): LimiterNote | null {
  const value = parseNote(text, kept);
  if (value === null || now - Date.parse(value.saved_at) > longestKeptMs) return null;
  return {
    requestsPerMs: value.requests_per_minute === null ? null : value.requests_per_minute / 60_000,
    limits: value.limits.map(({ kind, limit, window_ms: windowMs }) => {
      return { kind, limit, windowMs, remaining: null, resetMs: null };
    }),
  };
}

const keptAccount = z.object({ saved_at: z.iso.datetime(), concurrency: z.int().positive() });

/** What was learnt of an account: how many calls it took at once. */
export function writeAccountNote(concurrency: number, now: number): string {
  return JSON.stringify({ saved_at: new Date(now).toISOString(), concurrency });
}

export function readAccountNote(text: string | null, now: number): number | null {
  const value = parseNote(text, keptAccount);
  return value === null || now - Date.parse(value.saved_at) > longestKeptMs ? null : value.concurrency;
}

/** A note is a help: one that cannot be read is none. */
function parseNote<T>(text: string | null, schema: z.ZodType<T>): T | null {
  if (text === null) return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
