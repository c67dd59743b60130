import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sha256Text } from "../../core/index.ts";
import { boughtCall, failedCall } from "../fixtures/ledger-rows.ts";
import { openLedger } from "./ledger-open.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-ledger-"));
  path = join(folder, ".nexa", "ledger.sqlite");
});

afterEach(() => rmSync(folder, { recursive: true }));

it("gives back what was committed, byte for byte, also to the next process", async () => {
  using ledger = openLedger(path);
  await ledger.commit(boughtCall("a"));
  using other = openLedger(path);
  expect({ ...other.find("a") }).toEqual(boughtCall("a"));
  expect(other.find("b")).toBeNull();
  expect(other.has("a")).toBe(true);
});

it("keeps the first answer of a call that two processes bought at the same moment, and counts what both paid", async () => {
  using ledger = openLedger(path);
  await ledger.commit(boughtCall("a"));
  using other = openLedger(path);
  await other.commit({ ...boughtCall("a"), text: "another" });
  expect(ledger.find("a")).toMatchObject({ text: boughtCall("a").text, cost_usd: 0.02, tries: 2 });
  expect(ledger.spending().boughtUsd).toBeCloseTo(0.02, 9);
});

it("counts what another process spends and holds back", async () => {
  using one = openLedger(path);
  using two = openLedger(path);
  expect(one.spending()).toEqual({ boughtUsd: 0, reservedUsd: 0 });
  const reservation = two.reserve("a", { usd: 0.5, limitUsd: 1 });
  two.reserve("b", { usd: 0.25, limitUsd: 1 });
  expect(one.spending().reservedUsd).toBeCloseTo(0.75, 9);
  await two.commit(boughtCall("a", { cost_usd: 0.1 }), reservation);
  for (const ledger of [one, two]) {
    const { boughtUsd, reservedUsd } = ledger.spending();
    expect([boughtUsd, reservedUsd]).toEqual([expect.closeTo(0.1, 9), expect.closeTo(0.25, 9)]);
  }
});

it("holds nothing back past the limit, also when two processes ask at the same moment", async () => {
  const program = `
    import { createBudget } from ${JSON.stringify(new URL("../budget.ts", import.meta.url).href)};
    import { openLedger } from ${JSON.stringify(new URL("ledger-open.ts", import.meta.url).href)};
    const ledger = openLedger(process.argv[1]);
    const startsAt = Number(process.argv[2]);
    let past = 0;
    // A budget that grows by a dollar each millisecond, which both want at once.
    for (let budgetUsd = 0; budgetUsd <= 500; budgetUsd = Math.max(0, Date.now() - startsAt)) {
      const reservation = createBudget({ ledger, budgetUsd }).tryReserve("x", 1);
      if (reservation !== null && reservation.id > budgetUsd) past++;
    }
    process.stdout.write(String(past));`;
  openLedger(path)[Symbol.dispose]();
  const startsAt = String(Date.now() + 400);
  const past = await Promise.all(
    [1, 2].map(async () => {
      const child = spawn(process.execPath, ["--input-type=module", "--eval", program, path, startsAt], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      return String(await child.stdout.setEncoding("utf8").toArray());
    }),
  );
  expect(past).toEqual(["0", "0"]);
});

it("forgets a failure when the call is answered after all", async () => {
  using ledger = openLedger(path);
  await ledger.recordFailure(failedCall("a"));
  const count = () => {
    using database = new DatabaseSync(path, { readOnly: true });
    return database.prepare("SELECT count(*) AS rows FROM failures").get()?.rows;
  };
  expect(count()).toBe(1);
  await ledger.commit(boughtCall("a"));
  expect(count()).toBe(0);
});

it("has every answer that it acknowledged after a SIGKILL, and the reservations of calls in flight", async () => {
  const program = `
    import { openLedger } from ${JSON.stringify(new URL("ledger-open.ts", import.meta.url).href)};
    const ledger = openLedger(process.argv[1]);
    ledger.reserve("in flight", { usd: 0.5, limitUsd: 1 });
    for (let index = 0; ; index++) {
      const identity = String(index);
      await ledger.commit({ ...${JSON.stringify(boughtCall("x"))}, identity });
      process.stdout.write(identity + "\\n");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.length > 60) child.kill("SIGKILL");
  });
  await once(child, "close");
  const acknowledged = said.split("\n").slice(0, -1);
  expect(acknowledged.length).toBeGreaterThan(10);
  using ledger = openLedger(path);
  expect(acknowledged.filter((identity) => !ledger.has(identity))).toEqual([]);
  expect(ledger.spending().reservedUsd).toBeCloseTo(0.5, 9);
});

it("refuses a file that is no ledger, naming it, and leaves it as it is", () => {
  const text = "this is no database, and longer than the hundred bytes that SQLite reads as a header: ".repeat(3);
  const file = join(folder, "ledger.sqlite");
  writeFileSync(file, text);
  expect(() => openLedger(file)).toThrow(
    expect.objectContaining({ exitCode: 4, code: "ledger_damaged", message: expect.stringContaining(file) }),
  );
  expect(readFileSync(file, "utf8")).toBe(text);
});

it("refuses another program's database, and a ledger of a newer version, naming both", () => {
  const foreign = join(folder, "foreign.sqlite");
  new DatabaseSync(foreign).exec("CREATE TABLE notes (text)");
  expect(() => openLedger(foreign)).toThrow(/no ledger of ours/);
  openLedger(path)[Symbol.dispose]();
  new DatabaseSync(path).exec("PRAGMA user_version = 99");
  expect(() => openLedger(path)).toThrow(/version 99; this nexa reads version 2/);
});

it("says which file cannot be written", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => openLedger(join(file, "ledger.sqlite"))).toThrow(expect.objectContaining({ exitCode: 4 }));
  expect(existsSync(join(file, "ledger.sqlite"))).toBe(false);
});

it("explains a full disk, and keeps what was committed", async () => {
  using ledger = openLedger(path);
  await ledger.commit(boughtCall("a"));
  const pages = new DatabaseSync(path).prepare("PRAGMA page_count").get()?.page_count;
  using limited = openLedger(path, { maxPages: Number(pages) + 2, patienceMs: 0 });
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      limited.commit({ ...boughtCall(`big ${index}`), text: sha256Text(String(index)).repeat(100) }),
    ),
  );
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  expect(reasons).toHaveLength(50);
  expect(reasons[0]).toMatchObject({ exitCode: 4, code: "disk_full", message: expect.stringContaining(path) });
  expect(ledger.has("a")).toBe(true);
  expect(ledger.has("big 0")).toBe(false);
});

it("tells what is known of an answer without its texts", async () => {
  using ledger = openLedger(path);
  await ledger.commit(boughtCall("a", { reasoning_tokens: 3 }));
  await ledger.commit(boughtCall("empty", { text: " \n", finish_reason: "length" }));
  expect({ ...ledger.facts("a") }).toEqual({
    finish_reason: "stop",
    is_empty: 0,
    prompt_tokens: 1,
    completion_tokens: 1,
    reasoning_tokens: 3,
    cost_usd: 0.01,
    tries: 1,
    latency_ms: 1.5,
  });
  expect(ledger.facts("empty")).toMatchObject({ is_empty: 1, finish_reason: "length" });
  expect(ledger.facts("b")).toBeNull();
});

it("keeps failures with their finality, counted by reason", async () => {
  using ledger = openLedger(path);
  await ledger.recordFailure(failedCall("a", { error_code: "bad_request", is_final: 1 }));
  for (const identity of ["b", "c"]) await ledger.recordFailure(failedCall(identity));
  expect({ ...ledger.findFailure("a") }).toEqual(failedCall("a", { error_code: "bad_request", is_final: 1 }));
  expect(ledger.findFailure("d")).toBeNull();
  expect([...ledger.failureCounts()]).toEqual([
    ["timeout", 2],
    ["bad_request", 1],
  ]);
});

it("counts a model's requests since a moment, with tries that failed, and without those by batch", async () => {
  using ledger = openLedger(path);
  const today = "2026-03-02T00:00:01.000Z";
  await ledger.commit(boughtCall("yesterday", { created_at: "2026-03-01T23:59:59.000Z" }));
  await ledger.commit(boughtCall("a", { created_at: today, tries: 3 }));
  await ledger.commit(boughtCall("b", { created_at: today, mode: "batch", batch_id: "batch_1" }));
  await ledger.commit(boughtCall("c", { created_at: today, model: "another" }));
  await ledger.recordFailure(failedCall("d", { created_at: today, tries: 2 }));
  const { origin, model } = boughtCall("a");
  expect(ledger.countCalls({ origin, model, since: new Date("2026-03-02") })).toBe(5);
});

it("keeps notes, also for the next process", () => {
  {
    using ledger = openLedger(path);
    expect(ledger.readNote("limiter")).toBeNull();
    ledger.writeNote("limiter", "500/min");
    ledger.writeNote("limiter", "400/min");
  }
  using ledger = openLedger(path);
  expect(ledger.readNote("limiter")).toBe("400/min");
});

it("keeps its sums right when rows are changed by hand", async () => {
  using ledger = openLedger(path);
  await ledger.commit(boughtCall("a", { cost_usd: 0.3 }));
  await ledger.commit(boughtCall("b", { cost_usd: 0.1 }));
  ledger.reserve("c", { usd: 0.2, limitUsd: 1 });
  const database = new DatabaseSync(path);
  database.exec("UPDATE calls SET cost_usd = 0.5 WHERE identity = 'b'; DELETE FROM reservations");
  expect(ledger.spending()).toEqual({ boughtUsd: expect.closeTo(0.8, 12), reservedUsd: 0 });
});

it("keeps answers waiting while another process holds the file, and commits them when it is free", async () => {
  using ledger = openLedger(path, { busyTimeoutMs: 10 });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const commits = ["a", "b"].map((identity) => ledger.commit(boughtCall(identity)));
  setTimeout(() => other.exec("COMMIT"), 400);
  await Promise.all(commits);
  expect([ledger.has("a"), ledger.has("b")]).toEqual([true, true]);
  ledger.assertRoom();
});

it("gives answers up only after its patience, naming what holds the ledger", async () => {
  using ledger = openLedger(path, { busyTimeoutMs: 10, patienceMs: 300 });
  new DatabaseSync(path).exec("BEGIN IMMEDIATE");
  const startedAt = Date.now();
  await expect(ledger.commit(boughtCall("a"))).rejects.toMatchObject({ exitCode: 4, code: "ledger_busy" });
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
});

it("finds the facts of answers in any order of asking", async () => {
  const count = 5_000;
  const identity = (index: number): string => sha256Text(String(index));
  using ledger = openLedger(path);
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      ledger.commit(boughtCall(identity(index), { completion_tokens: index })),
    ),
  );
  const forwards = Array.from({ length: count }, (_, index) => index);
  const nearly = forwards.map((index) => Math.min(count - 1, index ^ 37));
  const shuffled = forwards.map((index) => (index * 1_777) % count);
  for (const order of [forwards, forwards.toReversed(), nearly, shuffled]) {
    const found = order.map((index) => ledger.facts(identity(index))?.completion_tokens);
    expect(found).toEqual(order);
  }
  expect(ledger.facts(identity(count))).toBeNull();
});
