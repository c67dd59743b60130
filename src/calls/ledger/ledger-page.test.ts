import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boughtCall, failedCall } from "../fixtures/ledger-rows.ts";
import { openLedger } from "./ledger-open.ts";
import { ledgerVersion } from "./ledger-schema.ts";

/** What the page about the ledger says, held against a ledger that the real code made. */
const page = readFileSync(new URL("../../../docs/Pipeline/LEDGER.md", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "nexa-ledger-page-"));
const path = join(folder, "ledger.sqlite");
let database: DatabaseSync;

function request(content: string, sample = 0): string {
  return JSON.stringify({ messages: [{ content, role: "user" }], sample });
}

beforeAll(async () => {
  const { role, provider, origin, model } = boughtCall("x");
  using ledger = openLedger(path);
  const calls = [
    boughtCall("a", {
      request: request("Define molarity."),
      text: "Moles a litre.",
      created_at: "2026-03-01T10:00:00.000Z",
    }),
    boughtCall("b", {
      request: request("Define molarity.", 1),
      tries: 3,
      latency_ms: 900,
      created_at: "2026-03-02T10:00:00.000Z",
    }),
    boughtCall("c", { role: "judge", cost_usd: 0.5, finish_reason: "length", created_at: "2026-03-02T10:00:10.000Z" }),
    boughtCall("d", { mode: "batch", batch_id: "batch_1", latency_ms: 0, created_at: "2026-03-02T11:00:00.000Z" }),
  ];
  for (const identity of ["a", "e"]) {
    const cut = ledger.reserve(identity, { usd: 0.25, limitUsd: 10 });
    if (cut !== null) ledger.leaveUnseen(cut);
  }
  await Promise.all(calls.map((call) => ledger.commit(call)));
  await Promise.all(["f", "g"].map((identity) => ledger.recordFailure(failedCall(identity))));
  await ledger.recordFailure(failedCall("h", { error_code: "bad_request", is_final: 1 }));
  const lines = ["i", "j"].map((identity) => ({ identity, request: "{}", reserved_usd: 0.125 }));
  ledger.batches.open({ intent_id: "intent-1", role, provider, origin, model }, { calls: lines, limitUsd: null });
  database = new DatabaseSync(path, { readOnly: true });
});

afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const queries = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, sql = ""]) => sql);

function answerTo(part: string): Record<string, unknown>[] {
  const found = queries.filter((sql) => sql.includes(part));
  expect(found, part).toHaveLength(1);
  return database
    .prepare(found[0] ?? "")
    .all()
    .map((row) => ({ ...row }));
}

it("has only queries that run and find something", () => {
  expect(queries.length).toBeGreaterThanOrEqual(12);
  for (const sql of queries) expect(database.prepare(sql).all().length, sql).toBeGreaterThan(0);
});

describe("its queries tell the truth", () => {
  it("about days, models and roles", () => {
    expect(answerTo("date(created_at) AS day")).toEqual([
      { day: "2026-03-01", calls: 1, usd: 0.01 },
      { day: "2026-03-02", calls: 3, usd: 0.52 },
    ]);
    expect(answerTo("AS by_batch")).toMatchObject([
      { role: "judge", calls: 1, usd: 0.5, by_batch: 0 },
      { role: "teacher", calls: 3, usd: 0.03, by_batch: 1 },
    ]);
  });

  it("about money", () => {
    expect(answerTo("counted_usd")).toEqual([
      { bought_usd: expect.closeTo(0.53, 9), reserved_usd: 0.75, counted_usd: expect.closeTo(1.28, 9) },
    ]);
    expect(answerTo("asked_again")).toEqual([{ unseen: 2, held_usd: 0.5, asked_again: 1, paid_twice_usd: 0.01 }]);
  });

  it("about speed", () => {
    expect(answerTo("ORDER BY latency_ms DESC")[0]).toMatchObject({ identity: "b", seconds: 0.9, tries: 3 });
    expect(answerTo("median_ms")).toMatchObject([{ calls: 3, median_ms: 1.5, p95_ms: 900 }]);
  });

  it("about failures and answers that are none", () => {
    expect(answerTo("min(error_message)")).toEqual([
      { role: "teacher", error_code: "timeout", calls: 2, final: 0, example: "No answer came in time" },
      { role: "teacher", error_code: "bad_request", calls: 1, final: 1, example: "No answer came in time" },
    ]);
    expect(answerTo("sum(is_empty)")).toMatchObject([{ finish_reason: "length", calls: 1 }]);
  });

  it("about one prompt, and about batches", () => {
    expect(answerTo("%molarity%")).toMatchObject([{ sample: 0, text: "Moles a litre." }, { sample: 1 }]);
    expect(answerTo("without_outcome")).toMatchObject([
      { state: "intent", calls: 2, without_outcome: 2, held_usd: 0.25 },
    ]);
  });

  it("about giving back what nobody saw", () => {
    const copy = join(folder, "copy.sqlite");
    const backup = /"(VACUUM INTO) 'ledger-copy.sqlite'"/.exec(page)?.[1];
    database.exec(`${backup} '${copy}'`);
    const release = /"(DELETE FROM reservations WHERE holder IS NULL)"/.exec(page)?.[1] ?? "";
    new DatabaseSync(copy).exec(release);
    using ledger = openLedger(copy);
    expect(ledger.spending().reservedUsd).toBeCloseTo(0.25, 12);
  });
});

describe("its tables", () => {
  const tables = [...page.matchAll(/^### `(\w+)`: .*?\n(.*?)(?=^##)/gms)].map(([, name = "", text = ""]) => {
    const cells = [...text.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = ""]) => cell);
    return { name, columns: cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, column = ""]) => column)) };
  });

  it("are all tables, and all columns in their order", () => {
    const real = database.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").all();
    expect(tables.map(({ name }) => name).toSorted()).toEqual(real.map(({ name }) => name).toSorted());
    for (const { name, columns } of tables.filter((table) => table.name !== "answers")) {
      const known = database.prepare(`SELECT name FROM pragma_table_info('${name}')`).all();
      expect(columns, name).toEqual(known.map((column) => column.name));
    }
  });

  it("are of the present version", () => {
    expect(page).toContain(`\`PRAGMA user_version\` is ${ledgerVersion};`);
  });
});
