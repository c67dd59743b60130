/** Raised with each change of the tables; `ledger-migrations.ts` brings older ledgers along. */
export const ledgerVersion = 2;

/** Marks the file as ours: "NEXA". @see https://sqlite.org/pragma.html#pragma_application_id */
export const ledgerApplicationId = 0x4e455841;

/**
 * The ledger's tables, column by column in docs/Pipeline/LEDGER.md.
 *
 * `calls` has one row per answer that was bought, and is never changed; its long texts stand in `texts`, so that sums and look-ups read a few
 * megabytes where the texts have gigabytes. `answers` shows both together. `totals` is kept by triggers, so that a budget is one row to read
 * however many calls there are, and holds also for changes by hand.
 */
export const ledgerTables = `
CREATE TABLE calls (
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  provider TEXT NOT NULL,
  origin TEXT NOT NULL,
  model TEXT NOT NULL,
  mode TEXT NOT NULL DEFAULT 'realtime',
  batch_id TEXT,
  finish_reason TEXT NOT NULL,
  is_empty INTEGER NOT NULL,
  prompt_tokens INTEGER,
  cached_prompt_tokens INTEGER,
  cache_write_tokens INTEGER,
  completion_tokens INTEGER,
  reasoning_tokens INTEGER,
  cost_usd REAL NOT NULL,
  tries INTEGER NOT NULL,
  latency_ms REAL NOT NULL,
  provider_request_id TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX calls_by_time ON calls (created_at);
CREATE TABLE texts (
  call_id INTEGER PRIMARY KEY REFERENCES calls (id),
  request TEXT NOT NULL,
  text TEXT NOT NULL,
  reasoning TEXT
) STRICT;
CREATE VIEW answers AS
  SELECT calls.*, texts.request, texts.text, texts.reasoning FROM calls JOIN texts ON texts.call_id = calls.id;
CREATE TABLE failures (
  identity TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  provider TEXT NOT NULL,
  origin TEXT NOT NULL,
  model TEXT NOT NULL,
  mode TEXT NOT NULL DEFAULT 'realtime',
  is_final INTEGER NOT NULL DEFAULT 0,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  tries INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  request TEXT NOT NULL
) STRICT;
CREATE TABLE reservations (
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL,
  usd REAL NOT NULL,
  holder TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE TABLE batches (
  intent_id TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  provider TEXT NOT NULL,
  origin TEXT NOT NULL,
  model TEXT NOT NULL,
  state TEXT NOT NULL,
  batch_id TEXT,
  input_file_id TEXT,
  calls INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  submitted_at TEXT,
  ended_at TEXT,
  error TEXT,
  holder TEXT
) STRICT;
CREATE TABLE batch_calls (
  id INTEGER PRIMARY KEY,
  intent_id TEXT NOT NULL REFERENCES batches (intent_id),
  identity TEXT NOT NULL,
  reserved_usd REAL NOT NULL,
  request TEXT NOT NULL,
  UNIQUE (identity, intent_id)
) STRICT;
CREATE INDEX batch_calls_by_intent ON batch_calls (intent_id);
CREATE TABLE notes (
  key TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE TABLE totals (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  bought_usd REAL NOT NULL,
  reserved_usd REAL NOT NULL
) STRICT;
INSERT INTO totals VALUES (1, 0, 0);
${["calls", "reservations", "batch_calls"].map(totalsTriggers).join("\n")}
`;

/** Free calls, whose dollars are 0, change no sum. A sum over nothing is 0, not what rounding left. */
function totalsTriggers(table: string): string {
  const [sum, dollars] =
    table === "calls"
      ? ["bought_usd", "cost_usd"]
      : ["reserved_usd", table === "reservations" ? "usd" : "reserved_usd"];
  const isNothingLeft =
    table === "calls"
      ? "NOT EXISTS (SELECT 1 FROM calls)"
      : "NOT EXISTS (SELECT 1 FROM reservations) AND NOT EXISTS (SELECT 1 FROM batch_calls)";
  return `
CREATE TRIGGER ${table}_added AFTER INSERT ON ${table} WHEN new.${dollars} <> 0 BEGIN
  UPDATE totals SET ${sum} = ${sum} + new.${dollars};
END;
CREATE TRIGGER ${table}_changed AFTER UPDATE OF ${dollars} ON ${table} BEGIN
  UPDATE totals SET ${sum} = ${sum} - old.${dollars} + new.${dollars};
END;
CREATE TRIGGER ${table}_removed AFTER DELETE ON ${table} WHEN old.${dollars} <> 0 BEGIN
  UPDATE totals SET ${sum} = iif(${isNothingLeft}, 0, ${sum} - old.${dollars});
END;`;
}

/** How an answer was asked for. */
export type CallMode = "realtime" | "batch";

/** A bought answer: a row of `answers` but for `id` and `is_empty`. */
export interface LedgerCall {
  readonly identity: string;
  readonly role: string;
  readonly provider: string;
  readonly origin: string;
  readonly model: string;
  readonly mode: CallMode;
  /** The provider's name of the batch; null in real time. */
  readonly batch_id: string | null;
  readonly finish_reason: string;
  readonly prompt_tokens: number | null;
  readonly cached_prompt_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly cost_usd: number;
  readonly tries: number;
  readonly latency_ms: number;
  readonly provider_request_id: string | null;
  readonly created_at: string;
  readonly request: string;
  readonly text: string;
  readonly reasoning: string | null;
}

/** What a look-up that needs no text reads: a row of `calls`, in part. */
export type CallFacts = Pick<
  LedgerCall,
  "finish_reason" | "prompt_tokens" | "completion_tokens" | "reasoning_tokens" | "cost_usd" | "tries" | "latency_ms"
> & {
  /** 1 where the answer's text has nothing but white space. */
  readonly is_empty: 0 | 1;
};

export const factColumns = [
  "finish_reason",
  "prompt_tokens",
  "completion_tokens",
  "reasoning_tokens",
  "cost_usd",
  "tries",
  "latency_ms",
  "is_empty",
] as const satisfies readonly (keyof CallFacts)[];

/** Of `calls`, but for `is_empty`, which is worked out. */
export const callColumns = [
  "identity",
  "role",
  "provider",
  "origin",
  "model",
  "mode",
  "batch_id",
  "finish_reason",
  "prompt_tokens",
  "cached_prompt_tokens",
  "cache_write_tokens",
  "completion_tokens",
  "reasoning_tokens",
  "cost_usd",
  "tries",
  "latency_ms",
  "provider_request_id",
  "created_at",
] as const satisfies readonly (keyof LedgerCall)[];

export const textColumns = ["request", "text", "reasoning"] as const satisfies readonly (keyof LedgerCall)[];

/** A row of `failures`. */
export interface LedgerFailure {
  readonly identity: string;
  readonly role: string;
  readonly provider: string;
  readonly origin: string;
  readonly model: string;
  readonly mode: CallMode;
  /** 1: another try would not help; it is asked again only when that is asked for. */
  readonly is_final: 0 | 1;
  readonly error_code: string;
  readonly error_message: string;
  readonly tries: number;
  readonly created_at: string;
  readonly request: string;
}

export const failureColumns = [
  "identity",
  "role",
  "provider",
  "origin",
  "model",
  "mode",
  "is_final",
  "error_code",
  "error_message",
  "tries",
  "created_at",
  "request",
] as const satisfies readonly (keyof LedgerFailure)[];

/** `collected` and `abandoned` are over; the others are looked after by whoever opens the ledger next. */
export type BatchState = "intent" | "uploaded" | "submitted" | "cancelling" | "collected" | "abandoned";

/** A row of `batches`. */
export interface LedgerBatch {
  /** Ours, made before the provider hears of the batch. */
  readonly intent_id: string;
  readonly role: string;
  readonly provider: string;
  readonly origin: string;
  readonly model: string;
  readonly state: BatchState;
  /** The provider's name of it; null until it is known. */
  readonly batch_id: string | null;
  readonly input_file_id: string | null;
  /** Lines that it was made of. */
  readonly calls: number;
  readonly created_at: string;
  readonly submitted_at: string | null;
  readonly ended_at: string | null;
  readonly error: string | null;
  /** JSON of the process that looks after it, as in `reservations`: while it lives, no other cancels the batch or gives it up. */
  readonly holder: string | null;
}

/** A call of a batch whose outcome is not in the ledger yet: a row of `batch_calls`, in part. */
export interface BatchCall {
  readonly identity: string;
  /** Canonical JSON. */
  readonly request: string;
  readonly reserved_usd: number;
}
