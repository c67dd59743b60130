import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { boughtCall } from "../fixtures/ledger-rows.ts";
import type { Ledger } from "./ledger.ts";
import { openLedger } from "./ledger-open.ts";

let folder: string;
let ledger: Ledger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-ledger-"));
  ledger = openLedger(join(folder, "ledger.sqlite"));
});

afterEach(() => {
  ledger[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const { role, provider, origin, model } = boughtCall("x");
const intent = { intent_id: "intent-1", role, provider, origin, model };
const calls = ["a", "b", "c"].map((identity) => ({ identity, request: `{"of":"${identity}"}`, reserved_usd: 0.25 }));
const identities = () => [...ledger.batches.calls("intent-1")].map(({ identity }) => identity);

function reopen(): void {
  ledger[Symbol.dispose]();
  ledger = openLedger(join(folder, "ledger.sqlite"));
}

it("has an intent, its calls and their reservations on the disk before anything is sent", () => {
  expect(ledger.batches.open(intent, { calls, limitUsd: 1 })).toBe(true);
  reopen();
  expect(ledger.batches.unfinished()).toMatchObject([{ ...intent, state: "intent", batch_id: null, calls: 3 }]);
  expect([...ledger.batches.calls("intent-1")]).toEqual(calls);
  expect(ledger.spending().reservedUsd).toBeCloseTo(0.75, 12);
  expect([ledger.batches.intentOf("b"), ledger.batches.intentOf("x")]).toEqual(["intent-1", null]);
});

it("notes nothing of a batch that could pass the limit", () => {
  ledger.reserve("x", { usd: 0.3, limitUsd: 1 });
  expect(ledger.batches.open(intent, { calls, limitUsd: 1 })).toBe(false);
  expect(ledger.batches.unfinished()).toEqual([]);
  expect(identities()).toEqual([]);
  expect(ledger.spending().reservedUsd).toBeCloseTo(0.3, 12);
});

it("settles each call once, with its answer or without, and keeps the answers in the ledger", async () => {
  ledger.batches.open(intent, { calls, limitUsd: null });
  ledger.batches.mark("intent-1", {
    state: "submitted",
    batch_id: "batch_1",
    submitted_at: "2026-01-01T00:00:00.000Z",
  });
  const answer = boughtCall("a", { mode: "batch", batch_id: "batch_1", cost_usd: 0.125 });
  for (let times = 0; times < 2; times++) await ledger.batches.commit("intent-1", [answer]);
  await ledger.batches.drop("intent-1", ["b"]);
  expect(identities()).toEqual(["c"]);
  expect(ledger.find("a")).toMatchObject({ mode: "batch", batch_id: "batch_1" });
  expect(ledger.spending()).toEqual({ boughtUsd: expect.closeTo(0.125, 12), reservedUsd: expect.closeTo(0.25, 12) });
  expect(ledger.batches.unfinished()).toMatchObject([{ state: "submitted", batch_id: "batch_1" }]);
});

it("releases what stays reserved when a batch is closed, and forgets no batch", () => {
  ledger.batches.open(intent, { calls, limitUsd: null });
  ledger.batches.close("intent-1", { state: "abandoned", error: "never reached the provider" });
  expect(ledger.spending().reservedUsd).toBe(0);
  expect(ledger.batches.unfinished()).toEqual([]);
  expect(ledger.batches.find("intent-1")).toMatchObject({ state: "abandoned", error: "never reached the provider" });
  expect(identities()).toEqual([]);
});

it("finds unfinished batches of one account", () => {
  ledger.batches.open(intent, { calls, limitUsd: null });
  ledger.batches.open({ ...intent, intent_id: "intent-2", origin: "https://elsewhere" }, { calls, limitUsd: null });
  expect(ledger.batches.unfinished({ origin }).map(({ intent_id }) => intent_id)).toEqual(["intent-1"]);
  expect(ledger.batches.unfinished({ origin, role: "judge" })).toEqual([]);
});

it("gives the calls of a large batch in order, in portions", () => {
  const many = Array.from({ length: 2_500 }, (_, index) => ({
    identity: `id-${index}`,
    request: "{}",
    reserved_usd: 0,
  }));
  ledger.batches.open(intent, { calls: many, limitUsd: 0 });
  expect(identities()).toEqual(many.map(({ identity }) => identity));
});
