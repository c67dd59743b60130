import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openLedger } from "./ledger-open.ts";
import { ledgerApplicationId } from "./ledger-schema.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-ledger-"));
  path = join(folder, "ledger.sqlite");
});

afterEach(() => rmSync(folder, { recursive: true }));

/** As the first version made it. */
const tablesOfVersion1 = `
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
) STRICT;`;

function makeVersion1(): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; ${tablesOfVersion1}
    PRAGMA application_id = ${ledgerApplicationId}; PRAGMA user_version = 1;
    INSERT INTO calls VALUES ('a', 'teacher', 'openai', 'https://api.openai.com', 'gpt-4o-mini', 'stop', 7, 2, 5, NULL, 0.25, 2, 12.5,
      'req_1', '2026-01-01T00:00:00.000Z', '{"q":1}', 'four ✓', 'two and two');
    INSERT INTO calls VALUES ('b', 'judge', 'openai', 'https://api.openai.com', 'gpt-4o-mini', 'length', NULL, NULL, NULL, NULL, 0.5, 1, 1,
      NULL, '2026-01-02T00:00:00.000Z', '{"q":2}', char(10, 9) || ' ', NULL);
    INSERT INTO failures VALUES ('c', 'teacher', 'openai', 'https://api.openai.com', 'gpt-4o-mini', '{"q":3}', 'timeout', 'late', 3,
      '2026-01-03T00:00:00.000Z');
    INSERT INTO reservations VALUES (4, 'c', 0.125, '2026-01-03T00:00:00.000Z');`);
  return database;
}

it("brings a ledger of version 1 along: every answer, failure and reservation", () => {
  makeVersion1().close();
  for (let times = 0; times < 2; times++) {
    using ledger = openLedger(path);
    expect(ledger.find("a")).toMatchObject({
      text: "four ✓",
      reasoning: "two and two",
      request: '{"q":1}',
      tries: 2,
      mode: "realtime",
    });
    expect(ledger.find("a")).toMatchObject({
      cached_prompt_tokens: 2,
      cost_usd: 0.25,
      latency_ms: 12.5,
      batch_id: null,
    });
    expect([ledger.facts("a")?.is_empty, ledger.facts("b")?.is_empty]).toEqual([0, 1]);
    expect(ledger.findFailure("c")).toMatchObject({ error_code: "timeout", is_final: 0, tries: 3, request: '{"q":3}' });
    expect(ledger.spending()).toEqual({ boughtUsd: 0.75, reservedUsd: 0.125 });
    expect(ledger.unseen()).toEqual({ calls: 1, usd: 0.125, paidTwice: { calls: 0, usd: 0 } });
  }
});

it("leaves a ledger of version 1 as it is where it cannot be brought along whole", () => {
  const database = makeVersion1();
  database.exec("CREATE TABLE old_failures (someone TEXT)");
  expect(() => openLedger(path)).toThrow();
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  expect(database.prepare("SELECT text FROM calls WHERE identity = 'a'").get()).toEqual({ text: "four ✓" });
  expect(database.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE name = 'totals'").get()).toEqual({
    tables: 0,
  });
});

it("has the same tables whether it was made new or brought along", () => {
  const schema = (file: string): unknown => {
    openLedger(file)[Symbol.dispose]();
    return new DatabaseSync(file).prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
  };
  makeVersion1().close();
  expect(schema(path)).toEqual(schema(join(folder, "new.sqlite")));
});
