import { formatCount, formatDuration } from "../../core/index.ts";
import type { Account } from "./account.ts";
import type { QuotaEnd } from "./contract.ts";
import type { LearntRate } from "./learnt-rate.ts";
import type { LongQuota } from "./long-quota.ts";
import type { ModelQuotas, NamedQuota } from "./model-quotas.ts";
import { dayMs, hourMs, minuteMs, type QuotaKind } from "./quota-reading.ts";

export interface LimiterMoment {
  readonly account: Account;
  readonly quotas: ModelQuotas;
  readonly learnt: LearntRate;
  readonly quotaEnd: QuotaEnd | null;
  readonly now: number;
}

/** A pause shorter than this is nothing to tell. */
const shortPauseMs = 1_000;
/** A share that does not hold anything up. */
const lowShare = 0.5;

/** In a few words what holds calls back, the longest wait first; empty where nothing does. */
export function describeLimiter({ account, quotas, learnt, quotaEnd, now }: LimiterMoment): string {
  if (quotaEnd !== null) return describeQuotaEnd(quotaEnd, now);
  const { breaker } = account;
  if (breaker.isOpen) {
    const retryMs = Math.max(0, breaker.nextTryAt - now);
    return `the server has failed for ${formatDuration(breaker.outageMs(now) / 1000)}: tried again in ${formatDuration(retryMs / 1000)}`;
  }
  const pauseMs = account.pausedUntil - now;
  if (pauseMs > shortPauseMs) return `the server asks to wait: goes on in ${formatDuration(pauseMs / 1000)}`;
  const most = quotas.mostUsed(now);
  if (most !== null && most.share >= lowShare) {
    const { quota, kind, share } = most;
    return `at ${Math.round(share * 100)}% of ${formatCount(quota.limit)} ${nameOf(kind)}/${unitOf(quota.windowMs)}`;
  }
  if (learnt.perMs === null) return "";
  return `at the ${formatCount(Math.round(learnt.perMs * minuteMs))} requests/min that the server was seen to allow`;
}

/** "the day's quota of 1,000 requests is used up: goes on in 5 h 12 min (at 2026-03-02, 00:00 UTC)" */
export function describeQuotaEnd({ what, until }: QuotaEnd, now: number): string {
  const wait = formatDuration(Math.max(0, until - now) / 1000);
  const [date = "", time = ""] = new Date(until).toISOString().split("T");
  const day = new Date(now).toISOString().startsWith(date) ? "" : `${date}, `;
  return `${what}: goes on in ${wait} (at ${day}${time.slice(0, 5)} UTC)`;
}

/** "the day's quota of 1,000 requests is used up" */
export function describeSpent({ kind, quota }: NamedQuota<LongQuota>): string {
  const window = quota.windowMs >= dayMs ? "day" : "hour";
  return `the ${window}'s quota of ${formatCount(quota.limit)} ${nameOf(kind)} is used up`;
}

function nameOf(kind: QuotaKind): string {
  return kind.replace("_", " ");
}

function unitOf(windowMs: number): string {
  if (windowMs === minuteMs) return "min";
  if (windowMs === hourMs) return "h";
  return `${windowMs / 1000} s`;
}
