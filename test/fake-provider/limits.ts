import type { RetryStyle } from "./protocol.ts";
import { createWindow, type LimitWindow, type WindowKind } from "./windows.ts";

/** An account's limits, each model counted by itself. */
export interface FakeLimits {
  readonly requestsPerMinute?: number;
  /** Input, and the most that the answer may have. */
  readonly tokensPerMinute?: number;
  readonly inputTokensPerMinute?: number;
  /** Counted as answers are made; a call is refused while there is a debt. */
  readonly outputTokensPerMinute?: number;
  readonly requestsPerDay?: number;
  /** The default, `bucket`, holds one second's worth. */
  readonly window?: WindowKind;
  /** How long a minute is here, in milliseconds. */
  readonly minuteMs?: number;
  /** How long a day is here, in milliseconds. */
  readonly dayMs?: number;
  /** What a 429's headers say about when to come back; the API's own way where absent. */
  readonly retryAfter?: RetryStyle;
  /** False for a server that tells of its limits by 429 alone. */
  readonly headers?: boolean;
  /** Whether refused requests count too. */
  readonly countsRefused?: boolean;
}

export const limitNames = ["requests", "tokens", "inputTokens", "outputTokens", "requestsPerDay"] as const;
export type LimitName = (typeof limitNames)[number];

export interface LimitState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

export type LimitStates = Partial<Readonly<Record<LimitName, LimitState>>>;

/** Why a call is refused. */
export interface Refusal {
  readonly name: LimitName;
  readonly limit: number;
  readonly used: number;
  readonly requested: number;
  readonly waitMs: number;
  /** It asks for more than the whole limit, so that no waiting helps. */
  readonly isTooLarge: boolean;
}

export interface CallSize {
  readonly model: string;
  readonly inputTokens: number;
  /** Infinity where the request does not say. */
  readonly mostOutputTokens: number;
}

export interface Limits {
  /** Takes a call's share, or says why it may not be made now. */
  admit(size: CallSize, now: number): Refusal | null;
  /** Counts an answer. */
  settle(model: string, outputTokens: number, now: number): void;
  states(model: string, now: number): LimitStates;
}

type Windows = Partial<Record<LimitName, LimitWindow>>;

const unsaidOutputTokens = 16;

export function createLimits(limits: FakeLimits): Limits {
  const byModel = new Map<string, Windows>();
  const windowsOf = (model: string): Windows => {
    const windows = byModel.get(model) ?? createWindows(limits);
    byModel.set(model, windows);
    return windows;
  };
  return {
    admit({ model, inputTokens, mostOutputTokens }, now) {
      const output = Number.isFinite(mostOutputTokens) ? mostOutputTokens : unsaidOutputTokens;
      const windows = windowsOf(model);
      const amounts = { requests: 1, tokens: inputTokens + output, inputTokens, outputTokens: 1, requestsPerDay: 1 };
      const refusals = limitNames.flatMap((name) => refuse(windows[name], { name, amount: amounts[name], now }) ?? []);
      const worst = refusals.reduce<Refusal | null>((a, b) => (a === null || b.waitMs > a.waitMs ? b : a), null);
      if (worst !== null && limits.countsRefused !== true) return worst;
      for (const name of limitNames) if (name !== "outputTokens") windows[name]?.take(amounts[name], now);
      return worst;
    },
    settle: (model, outputTokens, now) => windowsOf(model).outputTokens?.take(outputTokens, now),
    states(model, now) {
      const states: Partial<Record<LimitName, LimitState>> = {};
      const windows = windowsOf(model);
      for (const name of limitNames) {
        const window = windows[name];
        if (window === undefined) continue;
        states[name] = { limit: window.limit, remaining: window.remaining(now), resetMs: window.resetMs(now) };
      }
      return states;
    },
  };
}

function createWindows(limits: FakeLimits): Windows {
  const { window: kind = "bucket", minuteMs = 60_000, dayMs = 86_400_000 } = limits;
  const perMinute: [LimitName, number | undefined][] = [
    ["requests", limits.requestsPerMinute],
    ["tokens", limits.tokensPerMinute],
    ["inputTokens", limits.inputTokensPerMinute],
    ["outputTokens", limits.outputTokensPerMinute],
  ];
  const windows: Windows = {};
  for (const [name, limit] of perMinute) {
    if (limit !== undefined) windows[name] = createWindow({ kind, limit, periodMs: minuteMs, burstShare: 1 / 60 });
  }
  const { requestsPerDay } = limits;
  if (requestsPerDay !== undefined) {
    windows.requestsPerDay = createWindow({ kind: "fixed", limit: requestsPerDay, periodMs: dayMs, burstShare: 1 });
  }
  return windows;
}

function refuse(
  window: LimitWindow | undefined,
  { name, amount, now }: { name: LimitName; amount: number; now: number },
): Refusal | null {
  if (window === undefined) return null;
  const { limit } = window;
  const isTooLarge = amount > limit;
  const waitMs = window.waitMs(amount, now);
  if (waitMs === 0 && !isTooLarge) return null;
  return { name, limit, used: limit - window.remaining(now), requested: amount, waitMs, isTooLarge };
}
