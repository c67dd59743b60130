import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TokenPrice } from "../models/index.ts";
import type { RawAnswer } from "./attempt.ts";
import { createBudget, describeSpending } from "./budget.ts";
import { boughtCall } from "./fixtures/ledger-rows.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { openLedger } from "./ledger/ledger-open.ts";
import { actualCost, worstCost } from "./open-call.ts";

let folder: string;
let ledger: Ledger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-budget-"));
  ledger = openLedger(join(folder, "ledger.sqlite"));
});

afterEach(() => {
  ledger[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const price: TokenPrice = {
  inputUsdPerMillion: 1_000,
  outputUsdPerMillion: 10_000,
  cachedInputUsdPerMillion: 100,
  cacheWriteUsdPerMillion: 1_250,
};
const answer: RawAnswer = {
  text: "x",
  reasoning: null,
  finishReason: "stop",
  promptTokens: 100,
  cachedPromptTokens: null,
  cacheWriteTokens: null,
  completionTokens: 10,
  reasoningTokens: null,
  providerRequestId: null,
  latencyMs: 1,
};
const reservation = { id: 1, usd: 0.5 };

/** The state in which a SIGKILL leaves it: reservations of a process that is gone. */
function killHolder(): void {
  const gone = JSON.stringify({ pid: 2 ** 30, host: (JSON.parse(holder()) as { host: string }).host, startTicks: 1 });
  new DatabaseSync(ledger.path).prepare("UPDATE reservations SET holder = ?").run(gone);
  ledger[Symbol.dispose]();
  ledger = openLedger(join(folder, "ledger.sqlite"));
}

function holder(): string {
  return ledger.readNote("opened_by") ?? "";
}

it("prices prompt tokens that the provider had cached, or put into its cache, as such", () => {
  const cost = (more: Partial<RawAnswer>): number => actualCost({ reservation }, { ...answer, ...more }, price);
  expect(cost({})).toBeCloseTo(0.1 + 0.1, 12);
  expect(cost({ cachedPromptTokens: 60 })).toBeCloseTo(0.04 + 0.006 + 0.1, 12);
  expect(cost({ cacheWriteTokens: 40 })).toBeCloseTo(0.06 + 0.05 + 0.1, 12);
  expect(cost({ promptTokens: null })).toBe(0.5);
});

it("holds back what no usage within the limits can pass, the dearest of the cache's prices counted", () => {
  const request = { tag: 0, messages: [{ role: "user", content: "ab" }], maxTokens: 10 } as const;
  const worst = worstCost(request, price);
  const tokens = (worst - 0.1) / (1_250 / 1e6);
  expect(tokens).toBeGreaterThanOrEqual(2);
  const all = { ...answer, promptTokens: 2, cacheWriteTokens: 2, completionTokens: 10 };
  expect(actualCost({ reservation }, all, price)).toBeLessThanOrEqual(worst);
});

it("counts usage above what was held back as it is, and passes the limit by that alone", async () => {
  const budget = createBudget({ ledger, budgetUsd: 1 });
  const held = budget.tryReserve("a", 0.9);
  await ledger.commit(boughtCall("a", { cost_usd: 1.3 }), held);
  expect(ledger.spending()).toEqual({ boughtUsd: 1.3, reservedUsd: 0 });
  expect(budget.leftUsd()).toBe(0);
  expect(budget.tryReserve("b", 0.01)).toBeNull();
});

it("keeps what a killed process held back, and says so", async () => {
  const budget = () => createBudget({ ledger, budgetUsd: 1 });
  const [a, b] = [budget().tryReserve("a", 0.25), budget().tryReserve("b", 0.25)];
  expect([a, b]).not.toContain(null);
  expect(ledger.unseen().calls).toBe(0);
  expect(describeSpending(ledger).join()).toMatch(/up to \$0.50 is held for calls in flight/);
  killHolder();
  expect(ledger.unseen()).toEqual({ calls: 2, usd: 0.5, paidTwice: { calls: 0, usd: 0 } });
  await ledger.commit(boughtCall("a", { cost_usd: 0.125 }), budget().tryReserve("a", 0.25));
  expect(ledger.unseen()).toEqual({ calls: 2, usd: 0.5, paidTwice: { calls: 1, usd: 0.25 } });
  expect(budget().leftUsd()).toBeCloseTo(0.375, 12);
  const { message, hint } = budget().explainStop({ answers: 1, worstUsd: 0.5 });
  expect(message).toMatch(/\$0\.50 is held for 2 calls whose outcome was not seen .*; 1 of them were asked again/);
  expect(hint).toContain("`nexa plan --release-unseen`");
});

it("gives back what was held for calls that nobody saw the end of, when it is told to, and nothing else", () => {
  const budget = createBudget({ ledger, budgetUsd: 1 });
  const cut = budget.tryReserve("cut off", 0.25);
  budget.tryReserve("in flight", 0.5);
  if (cut !== null) ledger.leaveUnseen(cut);
  expect(ledger.releaseUnseen()).toBe(0.25);
  expect(ledger.spending().reservedUsd).toBeCloseTo(0.5, 12);
  expect(budget.leftUsd()).toBeCloseTo(0.5, 12);
});
