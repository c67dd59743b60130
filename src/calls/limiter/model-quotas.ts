import type { ModelLimits } from "../../models/index.ts";
import type { Amounts } from "./amounts.ts";
import { createLongQuota, type LongQuota, nextUtcMidnight } from "./long-quota.ts";
import { createQuota, type Quota } from "./quota.ts";
import { dayMs, hourMs, minuteMs, type QuotaKind, type QuotaReading } from "./quota-reading.ts";
import { createWindowGuess, type WindowGuess } from "./window-guess.ts";

/** All quotas of one model: those that the project gives, and those that responses tell of. */
export interface ModelQuotas {
  /** Whether there is one of a minute or less. */
  readonly hasPace: boolean;
  readonly countsTokens: boolean;
  canTake(amounts: Amounts, now: number): boolean;
  take(amounts: Amounts, now: number): void;
  settle(change: Amounts, startedAt: number): void;
  msUntilFree(amounts: Amounts, now: number): number;
  observe(reading: QuotaReading, seen: SeenCall, now: number): void;
  /** The long quota that is used up, if one is. */
  spent(amounts: Amounts, now: number): { readonly quota: NamedQuota<LongQuota>; readonly until: number } | null;
  /** The quota of a minute or less that is used the most; null where there is none. */
  mostUsed(now: number): (NamedQuota<Quota> & { readonly share: number }) | null;
  /** What responses told of, to be kept for the next run. */
  learnt(): QuotaReading[];
}

export interface NamedQuota<Kind> {
  readonly kind: QuotaKind;
  readonly quota: Kind;
}

/** The call whose response a reading is of. */
export interface SeenCall {
  readonly startedAt: number;
  /** Taken by calls started after it. */
  readonly takenSince: Amounts;
}

export interface ModelQuotasOptions {
  readonly limits: ModelLimits;
  /** Requests of this day before now. */
  readonly usedToday: number;
  /** Of an earlier run. */
  readonly known: readonly QuotaReading[];
  readonly now: number;
}

interface LearntQuota {
  readonly guess: WindowGuess;
  /** A quota's window may turn out to be another than it seemed. */
  quota: Quota | LongQuota | null;
  reading: QuotaReading;
}

const isLong = (quota: Quota | LongQuota): quota is LongQuota => quota.windowMs >= hourMs;

export function createModelQuotas({ limits, usedToday, known, now }: ModelQuotasOptions): ModelQuotas {
  const configured = configuredQuotas(limits, usedToday);
  const learnt = new Map<string, LearntQuota>();
  let all: readonly NamedQuota<Quota | LongQuota>[] = configured;
  let countsTokens = false;
  const refresh = (): void => {
    const fromServer = [...learnt.values()].flatMap(({ quota, reading: { kind } }) =>
      quota === null ? [] : [{ kind, quota }],
    );
    all = [...configured, ...fromServer];
    countsTokens = all.some(({ kind }) => kind !== "requests");
  };
  const entryOf = (key: string, reading: QuotaReading): LearntQuota => {
    const entry = learnt.get(key) ?? { guess: createWindowGuess(), quota: null, reading };
    learnt.set(key, entry);
    return entry;
  };
  const learn = (entry: LearntQuota, reading: QuotaReading, at: number): Quota | LongQuota => {
    const { limit, windowMs } = reading;
    entry.reading = reading;
    const known = learnt.get(knownKey(reading));
    if (known !== undefined && known !== entry) {
      // What an earlier run knew is what this server says now, if perhaps of another size.
      learnt.delete(knownKey(reading));
      entry.quota ??= known.quota;
    }
    if (entry.quota?.windowMs === windowMs) {
      if (entry.quota.limit !== limit) entry.quota.setLimit(limit, at);
      return entry.quota;
    }
    const window = windowMs ?? minuteMs;
    entry.quota =
      window >= hourMs ? createLongQuota({ limit, windowMs: window }) : createQuota({ limit, windowMs: window });
    refresh();
    return entry.quota;
  };
  refresh();
  for (const reading of known) learn(entryOf(knownKey(reading), reading), reading, now);

  return {
    get hasPace() {
      return all.some(({ quota }) => !isLong(quota));
    },
    get countsTokens() {
      return countsTokens;
    },
    canTake: (amounts, at) => all.every(({ kind, quota }) => quota.canTake(amounts[kind], at)),
    take(amounts, at) {
      for (const { kind, quota } of all) quota.take(amounts[kind], at);
    },
    settle(change, startedAt) {
      for (const { kind, quota } of all) if (change[kind] !== 0) quota.settle(change[kind], startedAt);
    },
    msUntilFree: (amounts, at) =>
      all.reduce((longest, { kind, quota }) => Math.max(longest, quota.msUntilFree(amounts[kind], at)), 0),
    observe(reading, { startedAt, takenSince }, at) {
      const entry = entryOf(`${reading.kind} ${reading.windowMs}`, reading);
      const { windowMs, resetAt } = entry.guess.observe(reading, { startedAt, now: at });
      const quota = learn(entry, { ...reading, windowMs }, at);
      if (reading.remaining === null) return;
      const seen = { remaining: reading.remaining, takenSince: takenSince[reading.kind], startedAt };
      if (isLong(quota)) quota.observe({ ...seen, resetAt }, at);
      else quota.observe({ ...seen, fixedResetAt: resetAt }, at);
    },
    spent(amounts, at) {
      for (const { kind, quota } of all) {
        if (!isLong(quota)) continue;
        const waitMs = quota.msUntilFree(amounts[kind], at);
        if (waitMs > 0) return { quota: { kind, quota }, until: at + waitMs };
      }
      return null;
    },
    mostUsed(at) {
      let most: (NamedQuota<Quota> & { readonly share: number }) | null = null;
      for (const { kind, quota } of all) {
        if (isLong(quota)) continue;
        const share = quota.used(at);
        if (most === null || share > most.share) most = { kind, quota, share };
      }
      return most;
    },
    learnt: () => [...learnt.values()].map(({ reading }) => ({ ...reading, remaining: null, resetMs: null })),
  };
}

const knownKey = ({ kind, windowMs }: QuotaReading): string => `of an earlier run: ${kind} ${windowMs}`;

function configuredQuotas(limits: ModelLimits, usedToday: number): NamedQuota<Quota | LongQuota>[] {
  const minutely: readonly (readonly [QuotaKind, number | null])[] = [
    ["requests", limits.requestsPerMinute],
    ["tokens", limits.tokensPerMinute],
    ["input_tokens", limits.inputTokensPerMinute],
    ["output_tokens", limits.outputTokensPerMinute],
  ];
  const quotas: NamedQuota<Quota | LongQuota>[] = minutely.flatMap(([kind, limit]) =>
    limit === null ? [] : [{ kind, quota: createQuota({ limit, windowMs: minuteMs }) }],
  );
  const { requestsPerDay: limit } = limits;
  if (limit !== null) {
    const quota = createLongQuota({ limit, windowMs: dayMs, used: usedToday, windowEnd: nextUtcMidnight });
    quotas.push({ kind: "requests", quota });
  }
  return quotas;
}
