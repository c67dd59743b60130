import type { DatabaseSync } from "node:sqlite";
import { ledgerTables } from "./ledger-schema.ts";

/** By the version that they start from: each makes a ledger one version newer, within a transaction of its caller's. */
export const ledgerMigrations: Readonly<Record<number, (database: DatabaseSync) => void>> = { 1: fromVersion1 };

/** Version 1 had the texts in `calls`, and neither modes, batches, notes nor totals. */
function fromVersion1(database: DatabaseSync): void {
  const tables = ["calls", "failures", "reservations"];
  for (const table of tables) database.exec(`ALTER TABLE ${table} RENAME TO old_${table}`);
  database.exec(ledgerTables);
  database.exec(`
    INSERT INTO calls (id, identity, role, provider, origin, model, finish_reason, is_empty, prompt_tokens, cached_prompt_tokens,
        completion_tokens, reasoning_tokens, cost_usd, tries, latency_ms, provider_request_id, created_at)
      SELECT rowid, identity, role, provider, origin, model, finish_reason, trim(text, ' ' || char(9, 10, 13)) = '', prompt_tokens,
        cached_prompt_tokens, completion_tokens, reasoning_tokens, cost_usd, tries, latency_ms, provider_request_id, created_at
      FROM old_calls ORDER BY rowid;
    INSERT INTO texts (call_id, request, text, reasoning) SELECT rowid, request, text, reasoning FROM old_calls ORDER BY rowid;
    INSERT INTO failures (identity, role, provider, origin, model, error_code, error_message, tries, created_at, request)
      SELECT identity, role, provider, origin, model, error_code, error_message, tries, created_at, request FROM old_failures;
    INSERT INTO reservations (id, identity, usd, created_at) SELECT id, identity, usd, created_at FROM old_reservations;`);
  for (const table of tables) database.exec(`DROP TABLE old_${table}`);
}
