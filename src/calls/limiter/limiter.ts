import { type ModelLimits, noLimits } from "../../models/index.ts";
import { type Account, type AccountOptions, createAccount, type Refusal } from "./account.ts";
import { type Amounts, addAmounts, noAmounts, subtractAmounts } from "./amounts.ts";
import type { CallOutcome, CallSize, Limiter, Permit, QuotaEnd } from "./contract.ts";
import { describeLimiter, describeSpent } from "./describe-limiter.ts";
import { createLearntRate } from "./learnt-rate.ts";
import type { LimiterNote } from "./limiter-note.ts";
import { createModelQuotas } from "./model-quotas.ts";
import { readQuotaHeaders } from "./quota-headers.ts";
import { createTokenAccount } from "./token-account.ts";

export type { CallEnd } from "./account.ts";
export type { CallOutcome, CallSize, Limiter, Permit, QuotaEnd } from "./contract.ts";

export interface ModelLimiterOptions {
  readonly limits?: ModelLimits;
  /** Requests of this day before now. */
  readonly usedToday?: number;
  /** What an earlier run learnt; null for none. */
  readonly note?: LimiterNote | null;
  /** Whether the first call goes alone until its answer: a wrong key or name then costs one try. */
  readonly startsAlone?: boolean;
}

const oneRequest: Amounts = { ...noAmounts, requests: 1 };
const noSize: CallSize = { promptChars: 0, maxTokens: 0 };
/** A key that is refused is refused sooner than this. */
const longestAloneMs = 3_000;
/** Where limits are known, a few refusals are the network's jitter, not another limit. */
const strayRefusals = 0.02;

/** A limiter with an account of its own. */
export function createLimiter(options: AccountOptions & ModelLimiterOptions): Limiter {
  return createModelLimiter(createAccount(options), options);
}

export function createModelLimiter(account: Account, options: ModelLimiterOptions = {}): Limiter {
  const { limits = noLimits, usedToday = 0, note = null, startsAlone = false } = options;
  const { now } = account;
  const quotas = createModelQuotas({ limits, usedToday, known: note?.limits ?? [], now: now() });
  const learnt = createLearntRate({ perMs: note?.requestsPerMs ?? null });
  const tokens = createTokenAccount();
  let total: Amounts = noAmounts;
  let hasAnswered = !startsAlone || note !== null;
  let inFlight = 0;
  let aloneSince = 0;
  let ended: QuotaEnd | null = null;

  if (quotas.hasPace || learnt.perMs !== null) account.concurrency.open();

  const expected = (size: CallSize): Amounts => (quotas.countsTokens ? tokens.expected(size) : oneRequest);
  const isAlone = (at: number): boolean => !hasAnswered && inFlight > 0 && at - aloneSince < longestAloneMs;
  const isEnded = (at: number): boolean => {
    if (ended !== null && at >= ended.until) ended = null;
    return ended !== null;
  };
  const settle = (permit: Permit, outcome: CallOutcome): void => {
    tokens.observe(permit, outcome);
    const correction = permit.taken === oneRequest ? null : tokens.correction(permit, outcome);
    if (correction !== null) quotas.settle(correction, permit.startedAt);
  };
  const observe = (permit: Permit, { how, headers, readings: fromBody = [] }: CallOutcome, at: number): void => {
    const fromHeaders = headers === undefined ? [] : readQuotaHeaders(headers, at);
    if (fromHeaders.length + fromBody.length === 0) return;
    const readings = [...fromHeaders, ...fromBody];
    if (how === "refused") tokens.refuse(permit, readings);
    const takenSince = subtractAmounts(total, permit.takenBefore);
    const hadPace = quotas.hasPace;
    for (const reading of readings) quotas.observe(reading, { startedAt: permit.startedAt, takenSince }, at);
    if (!hadPace && quotas.hasPace) account.concurrency.open();
  };
  const refuse = ({ startedAt }: Permit, how: Refusal, outcome: CallOutcome): void => {
    const { retryAfterMs = null, quotaEndsAt = null } = outcome;
    // A server that has no room tells nothing of a rate.
    if (how !== "unavailable") learnt.refuse(startedAt);
    if (quotaEndsAt !== null) {
      const what = ended?.what ?? "the day's quota is used up";
      ended = { until: Math.max(ended?.until ?? 0, quotaEndsAt), what };
      return;
    }
    account.refuse({
      startedAt,
      retryAfterMs,
      how,
      onAdmitted() {
        if (how === "unavailable") return;
        if (!quotas.hasPace || learnt.refusedShare(now()) > strayRefusals) learnt.adapt(now());
      },
    });
  };

  return {
    get inFlight() {
      return account.inFlight;
    },
    get concurrency() {
      return account.concurrency.places;
    },
    get hasAnswered() {
      return hasAnswered;
    },
    tryStart(size = noSize) {
      const at = now();
      if (isEnded(at) || isAlone(at) || !account.mayStart(at)) return null;
      const taken = expected(size);
      if (!quotas.canTake(taken, at) || !learnt.canTake(at)) return null;
      quotas.take(taken, at);
      learnt.take(at);
      if (inFlight++ === 0) aloneSince = at;
      total = addAmounts(total, taken);
      return { startedAt: at, isProbe: account.start(at), size, taken, takenBefore: total };
    },
    end(permit, outcome) {
      const { how } = outcome;
      inFlight--;
      if (how === "answered") hasAnswered = true;
      settle(permit, outcome);
      observe(permit, outcome, now());
      if (how === "refused" || how === "overloaded" || how === "unavailable") refuse(permit, how, outcome);
      account.end(permit, how);
    },
    cancelStart(permit) {
      inFlight--;
      account.cancel(permit.isProbe);
      quotas.settle(subtractAmounts(noAmounts, permit.taken), permit.startedAt);
      learnt.giveBack(permit.startedAt);
    },
    waitMs(size = noSize) {
      const at = now();
      if (isAlone(at)) return longestAloneMs - (at - aloneSince);
      const accountMs = account.msUntilStart(at);
      if (accountMs === null) return null;
      const endedMs = isEnded(at) ? (ended?.until ?? at) - at : 0;
      return Math.max(accountMs, endedMs, quotas.msUntilFree(expected(size), at), learnt.msUntilFree(at));
    },
    quotaEnd() {
      const at = now();
      if (isEnded(at)) return ended;
      const spent = quotas.spent(oneRequest, at);
      return spent === null ? null : { until: spent.until, what: describeSpent(spent.quota) };
    },
    outageMs: () => account.breaker.outageMs(now()),
    describe() {
      return describeLimiter({ account, quotas, learnt, quotaEnd: this.quotaEnd(), now: now() });
    },
    note: () => ({ limits: quotas.learnt(), requestsPerMs: learnt.perMs }),
    onFree: (listener) => account.onFree(listener),
  };
}
