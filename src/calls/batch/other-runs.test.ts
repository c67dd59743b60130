import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { APICallError } from "@ai-sdk/provider";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, type FakeProviderOptions, startFakeProvider } from "../../../test/fake-provider/index.ts";
import type { BatchStatus, ResolvedModel } from "../../models/index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { openLedger } from "../ledger/ledger-open.ts";
import {
  ask,
  batchProtocols,
  collect,
  collectUntilError,
  everyTag,
  modelAt,
  runCalls,
  tagsOf,
  withApi,
} from "./fixtures/calling.ts";

let folder: string;
let ledger: Ledger;
let providers: FakeProvider[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-other-"));
  ledger = openLedger(join(folder, "ledger.sqlite"));
  providers = [];
});

afterEach(async () => {
  ledger[Symbol.dispose]();
  for (const provider of providers) await provider.close();
  rmSync(folder, { recursive: true });
});

async function start(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const provider = await startFakeProvider(options);
  providers.push(provider);
  return provider;
}

const perMillion = { price: { input_usd_per_million: 1, output_usd_per_million: 1, batch_share: 0.5 } };

/** Leaves an intent without a batch id in the ledger, as a kill during the submission does. */
async function leaveIntent(model: ResolvedModel, count: number, budgetUsd = 0): Promise<void> {
  const stopping = new AbortController();
  const cut = withApi(model, (api) => ({
    async submit(lines, options) {
      await api.submit(lines, options).catch(() => undefined);
      stopping.abort();
      throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    },
  }));
  const { signal } = stopping;
  const { error } = await collectUntilError(runCalls(ask(count), { ledger, model: cut, signal, budgetUsd }));
  expect(error).toMatchObject({ exitCode: 130 });
  expect(ledger.batches.unfinished()).toMatchObject([{ batch_id: null }]);
}

describe.each(batchProtocols)("a batch of %s whose id nobody learnt", (protocol) => {
  it("is found again while it runs, and is not made again", async () => {
    const provider = await start({ batchMs: 700 });
    const model = await modelAt(provider, protocol);
    await leaveIntent(model, 12);
    expect(tagsOf(await collect(runCalls(ask(12), { ledger, model })))).toEqual(everyTag(12));
    expect(provider.batches).toHaveLength(1);
    expect(provider.bill.billedTwice).toEqual([]);
  });

  it("is found where the provider keeps no metadata, and its list lags behind", async () => {
    const provider = await start();
    const model = await modelAt(provider, protocol);
    await leaveIntent(model, 12);
    let lists = 0;
    const lagging = withApi(model, (api) => ({
      async *list(since, signal) {
        if (++lists < 3) return;
        for await (const status of api.list(since, signal)) yield { ...status, intentId: null } satisfies BatchStatus;
      },
    }));
    const batch = { graceMs: 5_000 };
    expect(tagsOf(await collect(runCalls(ask(12), { ledger, model: lagging, batch })))).toEqual(everyTag(12));
    expect(provider.batches).toHaveLength(1);
  });

  it("is asked again, and said, where the provider has no list to look it up in", async () => {
    const provider = await start();
    const model = await modelAt(provider, protocol, perMillion);
    await leaveIntent(model, 12, 1);
    const unlisted = withApi(model, () => ({
      // biome-ignore lint/correctness/useYield: it fails before its first
      async *list() {
        throw new APICallError({ message: "none", url: provider.origin, requestBodyValues: {}, statusCode: 404 });
      },
    }));
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const answers = await collect(runCalls(ask(12), { ledger, model: unlisted, budgetUsd: 1, onNote }));
    expect(tagsOf(answers)).toEqual(everyTag(12));
    expect(notes.at(-1)).toContain("cannot be found out");
    expect(ledger.unseen().paidTwice.calls).toBe(12);
  });

  it("is not mistaken for the same batch of another project", async () => {
    let isCut = false;
    const provider = await start({
      intercept: ({ method, path }) =>
        isCut && method === "POST" && /batch/i.test(path) && !path.endsWith("cancel") ? { kind: "reset" } : null,
      batchMs: 300,
    });
    const model = await modelAt(provider, protocol);
    using other = openLedger(join(folder, "other.sqlite"));
    const others = collect(runCalls(ask(12), { ledger: other, model }));
    while (provider.batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    isCut = true;
    await leaveIntent(model, 12);
    isCut = false;
    expect(tagsOf(await collect(runCalls(ask(12), { ledger, model })))).toEqual(everyTag(12));
    expect(tagsOf(await others)).toEqual(everyTag(12));
    expect(provider.batches).toHaveLength(2);
    const [theirs, ours] = provider.batches.map(({ id }) => id);
    expect(other.find((await firstIdentity(other)) ?? "")?.batch_id).toBe(theirs);
    expect(ledger.find((await firstIdentity(ledger)) ?? "")?.batch_id).toBe(ours);
  });

  async function firstIdentity(from: Ledger): Promise<string | undefined> {
    const model = await modelAt(providers[0] as FakeProvider, protocol);
    const [first] = await collect(runCalls(ask(1), { ledger: from, model }));
    return first?.identity;
  }
});

describe("clocks that are hours off", () => {
  it.each([3, -3])("by %i hours at the provider hide no batch", async (hours) => {
    const provider = await start({ clockSkewMs: hours * 3_600_000 });
    const model = await modelAt(provider, "openai");
    await leaveIntent(model, 12);
    await collect(runCalls(ask(12), { ledger, model }));
    expect(provider.batches).toHaveLength(1);
  });
});

describe("runs side by side", () => {
  it("of one project wait for each other's batches", async () => {
    const provider = await start({ batchMs: 400 });
    const model = await modelAt(provider, "openai");
    const first = collect(runCalls(ask(12), { ledger, model }));
    while (provider.batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    using second = openLedger(ledger.path);
    const answers = await collect(runCalls(ask(14), { ledger: second, model, mode: "realtime" }));
    expect(tagsOf(answers)).toEqual(everyTag(14));
    expect(tagsOf(await first)).toEqual(everyTag(12));
    expect(provider.bill.billedTwice).toEqual([]);
    expect(provider.requests).toBe(2);
  });

  it("take a batch over whose own run has ended without it", async () => {
    const provider = await start({ batchMs: 300 });
    const model = await modelAt(provider, "openai");
    const first = runCalls(ask(12), { ledger, model });
    const pending = first.next();
    while (provider.batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    using second = openLedger(ledger.path);
    const others = collect(runCalls(ask(12), { ledger: second, model }));
    await first.return(undefined);
    await pending;
    expect(tagsOf(await others)).toEqual(everyTag(12));
    expect(provider.batches).toHaveLength(1);
  });
});

describe("answers that nobody asks for any more", () => {
  it("are brought in all the same", async () => {
    const provider = await start();
    const model = await modelAt(provider, "openai");
    await leaveIntent(model, 12);
    await collect(runCalls(ask(3, "something else"), { ledger, model }));
    expect(ledger.batches.unfinished()).toEqual([]);
    const answers = await collect(runCalls(ask(12), { ledger, model }));
    expect(answers.every(({ isFromLedger }) => isFromLedger)).toBe(true);
  });

  it("are not waited for", async () => {
    const provider = await start({ batchMs: Number.POSITIVE_INFINITY });
    const model = await modelAt(provider, "openai");
    await leaveIntent(model, 12);
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const answers = await collect(runCalls(ask(3, "something else"), { ledger, model, mode: "auto", onNote }));
    expect(tagsOf(answers)).toEqual(everyTag(3));
    expect(notes.at(-1)).toContain("a later run brings the answers in");
    expect(ledger.batches.unfinished()).toMatchObject([{ state: "submitted", calls: 12 }]);
  });
});

describe("auto", () => {
  it("asks few calls in real time, and the rest after full batches", async () => {
    const provider = await start();
    const model = await modelAt(provider, "openai");
    await collect(runCalls(ask(9, "few"), { ledger, model, mode: "auto" }));
    expect([provider.batches.length, provider.requests]).toEqual([0, 9]);
    const answers = await collect(runCalls(ask(25), { ledger, model, mode: "auto", batch: { maxCalls: 10 } }));
    expect(tagsOf(answers)).toEqual(everyTag(25));
    expect(provider.batches.map(({ customIds }) => customIds.length)).toEqual([10, 10]);
    expect(provider.requests).toBe(14);
  });

  it("goes in real time, with a note, where there is no Batch API; batch is exit 2", async () => {
    const provider = await start();
    const model = await modelAt(provider, "openai", { batch: false });
    const notes: string[] = [];
    const answers = await collect(
      runCalls(ask(12), { ledger, model, mode: "auto", onNote: (note) => notes.push(note) }),
    );
    expect(tagsOf(answers)).toEqual(everyTag(12));
    expect(notes).toEqual([expect.stringContaining("has no Batch API")]);
    expect(() => runCalls(ask(12), { ledger, model, mode: "batch" })).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining("`batch: true`") }),
    );
  });

  it("says so where the configuration no longer has the Batch API that calls wait at", async () => {
    const provider = await start();
    await leaveIntent(await modelAt(provider, "openai"), 12);
    const model = await modelAt(provider, "openai", { batch: false });
    expect(() => runCalls(ask(12), { ledger, model, mode: "realtime" })).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining("12 calls") }),
    );
  });

  it("buys nothing again from real time to batch and back", async () => {
    const provider = await start();
    const model = await modelAt(provider, "openai");
    await collect(runCalls(ask(5), { ledger, model, mode: "realtime" }));
    await collect(runCalls(ask(20), { ledger, model, mode: "batch" }));
    await collect(runCalls(ask(25), { ledger, model, mode: "realtime" }));
    expect(provider.bill.billed).toBe(25);
    expect(provider.bill.billedTwice).toEqual([]);
  });

  it("looks after many batches at once without a warning", async () => {
    const provider = await start({ batchMs: 100 });
    const model = await modelAt(provider, "openai");
    const warnings: Error[] = [];
    const listen = (warning: Error) => void warnings.push(warning);
    process.on("warning", listen);
    await collect(runCalls(ask(60), { ledger, model, batch: { maxCalls: 3 } }));
    process.off("warning", listen);
    expect(provider.batches).toHaveLength(20);
    expect(warnings).toEqual([]);
  });

  it("asks equal requests once", async () => {
    const provider = await start();
    const model = await modelAt(provider, "openai");
    const twice = [...ask(6), ...ask(6).map((request) => ({ ...request, tag: request.tag + 6 }))];
    const answers = await collect(runCalls(twice, { ledger, model }));
    expect(tagsOf(answers)).toEqual(everyTag(12));
    expect(answers.filter(({ isFromLedger }) => isFromLedger)).toHaveLength(6);
    expect(provider.bill.billed).toBe(6);
  });
});

describe("the budget", () => {
  it("holds back and charges the batch price, over restarts", async () => {
    const provider = await start({
      reply: () => ({ kind: "answer", text: "x", usage: { prompt_tokens: 10, completion_tokens: 50 } }),
    });
    const model = await modelAt(provider, "openai", perMillion);
    const [answer] = await collect(runCalls(ask(1, "one"), { ledger, model, budgetUsd: 1 }));
    expect(answer?.costUsd).toBeCloseTo(30e-6, 12);
    expect(ledger.spending()).toEqual({ boughtUsd: answer?.costUsd, reservedUsd: 0 });
  });

  it("fills batches as far as it goes, and stops when nothing more is left of it", async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 50 };
    const provider = await start({ reply: () => ({ kind: "answer", text: "x", usage }) });
    const model = await modelAt(provider, "openai", perMillion);
    const budgetUsd = 0.0015;
    const { all, error } = await collectUntilError(runCalls(ask(100), { ledger, model, budgetUsd }));
    expect(error).toMatchObject({ exitCode: 5, hint: expect.stringContaining(`${all.length} answers`) });
    // 30 millionths of a dollar for each.
    expect(all.length).toBeGreaterThan(45);
    expect(ledger.spending().boughtUsd).toBeCloseTo(all.length * 30e-6, 9);
    expect(ledger.spending().boughtUsd).toBeLessThanOrEqual(budgetUsd);
    expect(ledger.spending().reservedUsd).toBe(0);
    expect(await collect(runCalls(ask(100), { ledger, model, budgetUsd: 1 }))).toHaveLength(100);
    expect(provider.bill.billedTwice).toEqual([]);
  });

  it("is a UsageError where a model has a price and none is given", async () => {
    const provider = await start();
    const model = await modelAt(provider, "openai", perMillion);
    expect(() => runCalls(ask(1), { ledger, model })).toThrow(/without a budget/);
  });

  it("that is reached in real time waits for what batches give back", async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 50 };
    const provider = await start({ batchMs: 300, reply: () => ({ kind: "answer", text: "x", usage }) });
    const model = await modelAt(provider, "openai", perMillion);
    // 10 by batch hold back about 640 millionths of a dollar, and cost 300; 5 in real time then cost 300.
    const answers = await collect(
      runCalls(ask(15), { ledger, model, mode: "auto", budgetUsd: 0.00075, batch: { maxCalls: 10 } }),
    );
    expect(tagsOf(answers)).toEqual(everyTag(15));
    expect([provider.batches.length, provider.requests]).toEqual([1, 5]);
  });
});
