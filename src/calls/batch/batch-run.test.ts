import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  defaultReply,
  type FakeProvider,
  type FakeProviderOptions,
  startFakeProvider,
} from "../../../test/fake-provider/index.ts";
import type { CallState } from "../call-state.ts";
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
} from "./fixtures/calling.ts";

let folder: string;
let ledger: Ledger;
let providers: FakeProvider[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-batch-"));
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

describe.each(batchProtocols)("by %s", (protocol) => {
  /** Google hands out nothing of an expired batch. */
  const keepsExpired = protocol !== "google";

  it("answers every request once, and asks nothing again in the next run", async () => {
    const provider = await start({ batchMs: 30 });
    const model = await modelAt(provider, protocol);
    const answers = await collect(runCalls(ask(30), { ledger, model }));
    expect(tagsOf(answers)).toEqual(everyTag(30));
    expect(answers.every(({ isFromLedger, error }) => !isFromLedger && error === null)).toBe(true);
    expect(provider.batches).toHaveLength(1);
    const again = await collect(runCalls(ask(30), { ledger, model }));
    expect(again.every(({ isFromLedger }) => isFromLedger)).toBe(true);
    expect(provider.bill.billed).toBe(30);
    expect(provider.requests).toBe(0);
  });

  it("sends and reads what real time does", async () => {
    const provider = await start({
      reply: (request, context) => ({
        kind: "answer",
        text: context.prompt.includes("2") ? "cut off" : JSON.stringify({ answer: request.messages.length }),
        finishReason: context.prompt.includes("2") ? "length" : "stop",
        reasoning: "because",
        usage: { prompt_tokens: 20, completion_tokens: 7, cached_tokens: 12 },
      }),
    });
    const model = await modelAt(provider, protocol);
    const requests = ask(4).map((request) => ({
      ...request,
      messages: [{ role: "system" as const, content: "Be brief." }, ...request.messages],
      topP: 0.9,
      stop: ["END"],
      responseSchema: { type: "object", properties: { answer: { type: "number" } }, additionalProperties: false },
    }));
    using other = openLedger(join(folder, "other.sqlite"));
    await collect(runCalls(requests, { ledger, model, mode: "realtime" }));
    const byBatch = await collect(runCalls(requests, { ledger: other, model, mode: "batch" }));
    expect(provider.batches).toHaveLength(1);
    // The same requests, as each was billed twice.
    expect([...provider.bill.entries.values()].map(({ times }) => times)).toEqual([2, 2, 2, 2]);
    for (const { identity } of byBatch) {
      const { batch_id, mode, latency_ms, created_at, provider_request_id, ...batched } = other.find(identity) ?? {};
      expect(ledger.find(identity)).toMatchObject({ ...batched, mode: "realtime", batch_id: null });
      expect(mode).toBe("batch");
      expect(batch_id).toBe(provider.batches[0]?.id);
    }
  });

  it("keeps what an expired batch has, and sends the rest in another", async () => {
    const provider = await start({ batchPlan: ({ index }) => (index === 0 ? { doneShare: 0.5, end: "expired" } : {}) });
    const model = await modelAt(provider, protocol);
    const answers = await collect(runCalls(ask(30), { ledger, model }));
    expect(tagsOf(answers)).toEqual(everyTag(30));
    expect(provider.batches.map(({ customIds }) => customIds.length)).toEqual([30, keepsExpired ? 15 : 30]);
    expect(provider.bill.billedTwice).toHaveLength(keepsExpired ? 0 : 15);
    expect(answers.filter(({ tries }) => tries === 2)).toHaveLength(keepsExpired ? 15 : 30);
  });

  it("asks the rest of an expired batch in real time under auto", async () => {
    const provider = await start({ batchPlan: () => ({ doneShare: 0.5, end: "expired" }) });
    const model = await modelAt(provider, protocol);
    const answers = await collect(runCalls(ask(30), { ledger, model, mode: "auto" }));
    expect(tagsOf(answers)).toEqual(everyTag(30));
    expect(provider.batches).toHaveLength(1);
    expect(provider.requests).toBe(keepsExpired ? 15 : 30);
  });

  it("makes a refused line a failed row, and asks it again only when told to", async () => {
    const provider = await start({
      reply: (request, context) =>
        context.prompt === "question 3" ? { kind: "error", error: "bad_request" } : defaultReply(request, context),
    });
    const model = await modelAt(provider, protocol);
    const answers = await collect(runCalls(ask(12), { ledger, model }));
    expect(answers.filter(({ error }) => error !== null)).toMatchObject([
      { tag: 3, text: null, finishReason: "error", error: { code: "bad_request" } },
    ]);
    const [failed] = (await collect(runCalls(ask(12), { ledger, model }))).filter(({ error }) => error !== null);
    expect(failed).toMatchObject({ tag: 3, isFromLedger: true });
    expect(provider.batches).toHaveLength(1);
    await collect(runCalls(ask(12), { ledger, model, retryFailed: true }));
    expect(provider.batches.map(({ customIds }) => customIds.length)).toEqual([12, 1]);
  });

  it("sends a line that failed in passing again, in a batch or, under auto, in real time", async () => {
    const provider = await start({
      reply: (request, context) =>
        context.prompt === "question 3" && context.earlier === 0
          ? { kind: "error", error: "server_error" }
          : defaultReply(request, context),
    });
    const model = await modelAt(provider, protocol);
    const answers = await collect(runCalls(ask(12), { ledger, model }));
    expect(answers.find(({ tag }) => tag === 3)).toMatchObject({ tries: 2, error: null });
    expect(provider.batches.map(({ customIds }) => customIds.length)).toEqual([12, 1]);
    using other = openLedger(join(folder, "other.sqlite"));
    const again = await start({
      reply: (request, context) =>
        context.prompt === "question 3" && context.isBatch
          ? { kind: "error", error: "overloaded" }
          : defaultReply(request, context),
    });
    const mixed = await collect(
      runCalls(ask(12), { ledger: other, model: await modelAt(again, protocol), mode: "auto" }),
    );
    expect(mixed.every(({ error }) => error === null)).toBe(true);
    expect([again.batches.length, again.requests]).toEqual([1, 1]);
  });

  it("gives a line up that fails in every batch", async () => {
    const provider = await start({
      reply: (request, context) =>
        context.prompt === "question 3" ? { kind: "error", error: "server_error" } : defaultReply(request, context),
    });
    const model = await modelAt(provider, protocol);
    const answers = await collect(runCalls(ask(5), { ledger, model }));
    expect(answers.filter(({ error }) => error !== null)).toMatchObject([
      { tag: 3, tries: 4, error: { code: "server_error" } },
    ]);
    expect(provider.batches).toHaveLength(4);
  });

  it("cancels at the provider when it is stopped, and brings in later what was done by then", async () => {
    const provider = await start({ batchPlan: ({ index }) => (index === 0 ? { ms: 2_000 } : {}) });
    const model = await modelAt(provider, protocol);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1_000);
    const { error } = await collectUntilError(runCalls(ask(40), { ledger, model, signal: controller.signal }));
    expect(error).toMatchObject({ exitCode: 130, message: expect.stringContaining("1 batch of 40 calls") });
    expect(provider.batches).toMatchObject([{ stage: "cancelled" }]);
    const done = provider.batches[0]?.answered ?? 0;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(40);
    const answers = await collect(runCalls(ask(40), { ledger, model }));
    expect(tagsOf(answers)).toEqual(everyTag(40));
    expect(answers.filter(({ isFromLedger }) => isFromLedger)).toHaveLength(done);
    expect(provider.bill.billedTwice).toEqual([]);
  });

  it("leaves its batches running when it ends for another reason, and a run in real time waits for them", async () => {
    const provider = await start({ batchMs: 400 });
    const model = await modelAt(provider, protocol);
    await endWith(runCalls(brokenAfter(20), { ledger, model, batch: { maxCalls: 20 } }), /the file is broken/);
    expect(ledger.batches.unfinished()).toMatchObject([{ state: "submitted", calls: 20 }]);
    const notes: string[] = [];
    const answers = await collect(
      runCalls(ask(25), { ledger, model, mode: "realtime", onNote: (note) => notes.push(note) }),
    );
    expect(tagsOf(answers)).toEqual(everyTag(25));
    expect(notes).toEqual([expect.stringContaining("1 batch of an earlier run with 20 calls")]);
    expect(provider.requests).toBe(5);
    expect(provider.bill.billedTwice).toEqual([]);
  });

  it("tells where the batches are", async () => {
    const provider = await start({ batchPlan: () => ({ ms: 600 }) });
    const model = await modelAt(provider, protocol);
    const states: CallState[] = [];
    let timer: NodeJS.Timeout | undefined;
    const onState = (read: () => CallState): void => {
      timer = setInterval(() => states.push(read()), 20);
    };
    await collect(runCalls(ask(20), { ledger, model, onState }));
    clearInterval(timer);
    const words = states.map(({ batches }) => batches).filter((text) => text !== "");
    expect(words.at(-1)).toMatch(
      /^1 batch at 127\.0\.0\.1:\d+: \d+ of 20 done \(.+\), (?:next look in .+|looking now)$/,
    );
    expect(words.some((text) => /in progress|running/.test(text))).toBe(true);
  });
});

async function* brokenAfter(count: number) {
  yield* ask(count);
  // The batch is full with the next one.
  yield* ask(1, "one more");
  await new Promise((resolve) => setTimeout(resolve, 100));
  throw new Error("the file is broken");
}

async function endWith(answers: AsyncGenerator<unknown>, message: RegExp): Promise<void> {
  const { error } = await collectUntilError(answers as Parameters<typeof collectUntilError>[0]);
  expect((error as Error).message).toMatch(message);
}
