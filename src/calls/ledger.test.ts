import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sha256Text } from "../core/index.ts";
import { openLedger } from "./ledger.ts";
import type { LedgerCall } from "./ledger-schema.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-ledger-"));
  path = join(folder, ".nexa", "ledger.sqlite");
});

afterEach(() => rmSync(folder, { recursive: true }));

function call(identity: string, costUsd = 0.01): LedgerCall {
  return {
    identity,
    role: "teacher",
    provider: "openai",
    origin: "https://api.openai.com",
    model: "gpt-4o-mini",
    request: "{}",
    text: `answer of ${identity} \u0000 ✓`,
    reasoning: null,
    finish_reason: "stop",
    prompt_tokens: 1,
    cached_prompt_tokens: null,
    completion_tokens: identity.length,
    reasoning_tokens: null,
    cost_usd: costUsd,
    tries: 1,
    latency_ms: 1.5,
    provider_request_id: null,
    created_at: "2026-01-01T00:00:00.000Z",
  };
}

it("gives back what was committed, byte for byte, also to the next process", async () => {
  using ledger = openLedger(path);
  await ledger.commit(call("a"));
  using other = openLedger(path);
  expect({ ...other.find("a") }).toEqual(call("a"));
  expect(other.find("b")).toBeNull();
  expect(other.has("a")).toBe(true);
});

it("keeps the first answer of a call, and counts its dollars once", async () => {
  using ledger = openLedger(path);
  await ledger.commit(call("a"));
  await ledger.commit({ ...call("a"), text: "another" });
  expect(ledger.find("a")?.text).toBe(call("a").text);
  expect(ledger.spending().boughtUsd).toBeCloseTo(0.01, 9);
});

it("counts what another process spends and holds back", async () => {
  using one = openLedger(path);
  using two = openLedger(path);
  expect(one.spending()).toEqual({ boughtUsd: 0, reservedUsd: 0 });
  const reservation = two.reserve("a", { usd: 0.5, limitUsd: 1 });
  two.reserve("b", { usd: 0.25, limitUsd: 1 });
  expect(one.spending().reservedUsd).toBeCloseTo(0.75, 9);
  await two.commit(call("a", 0.1), reservation);
  for (const ledger of [one, two]) {
    const { boughtUsd, reservedUsd } = ledger.spending();
    expect([boughtUsd, reservedUsd]).toEqual([expect.closeTo(0.1, 9), expect.closeTo(0.25, 9)]);
  }
});

it("holds nothing back past the limit, also when two processes ask at the same moment", async () => {
  const program = `
    import { createBudget } from ${JSON.stringify(new URL("budget.ts", import.meta.url).href)};
    import { openLedger } from ${JSON.stringify(new URL("ledger.ts", import.meta.url).href)};
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
  const { identity, role, provider, origin, model, request, tries, created_at } = call("a");
  const key = { identity, role, provider, origin, model, request, tries, created_at };
  await ledger.recordFailure({ ...key, error_code: "timeout", error_message: "No answer came in time" });
  const count = () => {
    using database = new DatabaseSync(path, { readOnly: true });
    return database.prepare("SELECT count(*) AS rows FROM failures").get()?.rows;
  };
  expect(count()).toBe(1);
  await ledger.commit(call("a"));
  expect(count()).toBe(0);
});

it("has every answer that it acknowledged after a SIGKILL, and the reservations of calls in flight", async () => {
  const program = `
    import { openLedger } from ${JSON.stringify(new URL("ledger.ts", import.meta.url).href)};
    const ledger = openLedger(process.argv[1]);
    ledger.reserve("in flight", { usd: 0.5, limitUsd: 1 });
    for (let index = 0; ; index++) {
      const identity = String(index);
      await ledger.commit({ ...${JSON.stringify(call("x"))}, identity });
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

it("refuses another program's database, and a ledger of another version", () => {
  const foreign = join(folder, "foreign.sqlite");
  new DatabaseSync(foreign).exec("CREATE TABLE notes (text)");
  expect(() => openLedger(foreign)).toThrow(/no ledger of ours/);
  openLedger(path)[Symbol.dispose]();
  new DatabaseSync(path).exec("PRAGMA user_version = 99");
  expect(() => openLedger(path)).toThrow(/version 99/);
});

it("says which file cannot be written", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => openLedger(join(file, "ledger.sqlite"))).toThrow(expect.objectContaining({ exitCode: 4 }));
  expect(existsSync(join(file, "ledger.sqlite"))).toBe(false);
});

it("explains a full disk, and keeps what was committed", async () => {
  using ledger = openLedger(path);
  await ledger.commit(call("a"));
  const pages = new DatabaseSync(path).prepare("PRAGMA page_count").get()?.page_count;
  using limited = openLedger(path, { maxPages: Number(pages) + 2 });
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      limited.commit({ ...call(`big ${index}`), text: sha256Text(String(index)).repeat(100) }),
    ),
  );
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  expect(reasons).toHaveLength(50);
  expect(reasons[0]).toMatchObject({ exitCode: 4, code: "disk_full", message: expect.stringContaining(path) });
  expect(ledger.has("a")).toBe(true);
  expect(ledger.has("big 0")).toBe(false);
});
