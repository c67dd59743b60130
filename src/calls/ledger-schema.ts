/** Raised with each change of the tables. */
export const ledgerVersion = 1;

/** Marks the file as ours: "NEXA". @see https://sqlite.org/pragma.html#pragma_application_id */
export const ledgerApplicationId = 0x4e455841;

/**
 * The ledger's tables.
 *
 * `calls`: one row per answer that was bought; it is never changed. `request` is the canonical JSON whose sha256 is `identity`; tokens are
 * null where the provider does not say; `cost_usd` is at the price of its day; `latency_ms` is that of the last try. The long columns
 * come last, so that sums over the short ones need not read them.
 *
 * `failures`: the last failure of each call that has no answer; it is asked again in the next run.
 *
 * `reservations`: the most that a call may cost, written before the call is made and removed with its outcome. One that stays belongs
 * to a call in flight, or to one whose outcome was never seen (a kill, a cut connection): the budget counts it as spent.
 */
export const ledgerTables = `
CREATE TABLE IF NOT EXISTS calls (
  identity TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  provider TEXT NOT NULL,
  origin TEXT NOT NULL,
  model TEXT NOT NULL,
  finish_reason TEXT NOT NULL,
  prompt_tokens INTEGER,
  cached_prompt_tokens INTEGER,
  completion_tokens INTEGER,
  reasoning_tokens INTEGER,
  cost_usd REAL NOT NULL,
  tries INTEGER NOT NULL,
  latency_ms REAL NOT NULL,
  provider_request_id TEXT,
  created_at TEXT NOT NULL,
  request TEXT NOT NULL,
  text TEXT NOT NULL,
  reasoning TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS failures (
  identity TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  provider TEXT NOT NULL,
  origin TEXT NOT NULL,
  model TEXT NOT NULL,
  request TEXT NOT NULL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  tries INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS reservations (
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL,
  usd REAL NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
`;

/** A row of `calls`. */
export interface LedgerCall {
  readonly identity: string;
  readonly role: string;
  readonly provider: string;
  readonly origin: string;
  readonly model: string;
  readonly request: string;
  readonly text: string;
  readonly reasoning: string | null;
  readonly finish_reason: string;
  readonly prompt_tokens: number | null;
  readonly cached_prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly cost_usd: number;
  readonly tries: number;
  readonly latency_ms: number;
  readonly provider_request_id: string | null;
  readonly created_at: string;
}

export const callColumns = [
  "identity",
  "role",
  "provider",
  "origin",
  "model",
  "request",
  "text",
  "reasoning",
  "finish_reason",
  "prompt_tokens",
  "cached_prompt_tokens",
  "completion_tokens",
  "reasoning_tokens",
  "cost_usd",
  "tries",
  "latency_ms",
  "provider_request_id",
  "created_at",
] as const satisfies readonly (keyof LedgerCall)[];

/** A row of `failures`. */
export interface LedgerFailure {
  readonly identity: string;
  readonly role: string;
  readonly provider: string;
  readonly origin: string;
  readonly model: string;
  readonly request: string;
  readonly error_code: string;
  readonly error_message: string;
  readonly tries: number;
  readonly created_at: string;
}

export const failureColumns = [
  "identity",
  "role",
  "provider",
  "origin",
  "model",
  "request",
  "error_code",
  "error_message",
  "tries",
  "created_at",
] as const satisfies readonly (keyof LedgerFailure)[];
