import { type Billing, createBilling } from "./billing.ts";
import type { FakeProviderOptions } from "./contract.ts";
import { createFaults, type FaultName } from "./faults.ts";
import { createLimits, type Limits } from "./limits.ts";

/** What one server remembers. */
export interface ServerState {
  readonly options: FakeProviderOptions;
  readonly counts: { requests: number; lines: number; answered: number; inFlight: number; mostInFlight: number };
  /** How often each body came, by its hash. */
  readonly seen: Map<string, number>;
  readonly answeredByBody: Map<string, number>;
  readonly arrivals: { prompt: string; at: number }[];
  readonly statuses: Map<number, number>;
  readonly otherRequests: string[];
  readonly billing: Billing;
  readonly limits: Limits | null;
  readonly drawFault: (body: string, earlier: number) => FaultName | null;
  /** This server's clock. */
  readonly now: () => number;
}

export function createServerState(options: FakeProviderOptions): ServerState {
  const { clockSkewMs = 0, faults = {}, seed = 1, limits, prices } = options;
  return {
    options,
    counts: { requests: 0, lines: 0, answered: 0, inFlight: 0, mostInFlight: 0 },
    seen: new Map(),
    answeredByBody: new Map(),
    arrivals: [],
    statuses: new Map(),
    otherRequests: [],
    billing: createBilling(prices),
    limits: limits === undefined ? null : createLimits(limits),
    drawFault: createFaults({ seed, shares: faults }),
    now: () => Date.now() + clockSkewMs,
  };
}

/** Counts one more of a key, and says how many came before. */
export function countOne<Key>(counts: Map<Key, number>, key: Key): number {
  const earlier = counts.get(key) ?? 0;
  counts.set(key, earlier + 1);
  return earlier;
}
