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
import type { BatchStatus } from "../../models/index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { openLedger } from "../ledger/ledger-open.ts";
import { ask, collect, collectUntilError, everyTag, modelAt, runCalls, tagsOf, withApi } from "./fixtures/calling.ts";

let folder: string;
let ledger: Ledger;
let provider: FakeProvider | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-odd-"));
  ledger = openLedger(join(folder, "ledger.sqlite"));
  provider = null;
});

afterEach(async () => {
  ledger[Symbol.dispose]();
  await provider?.close();
  rmSync(folder, { recursive: true });
});

async function start(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  provider = await startFakeProvider(options);
  return provider;
}

describe.each(["openai", "anthropic"] as const)("results of %s", (protocol) => {
  const perMillion = { price: { input_usd_per_million: 1, output_usd_per_million: 1 } };

  it("with a line that is cut, the call is asked again, and its dollars count as possibly spent", async () => {
    const server = await start({
      editResults: (lines) =>
        lines.length === 6 ? lines.map((line, index) => (index === 2 ? line.slice(0, -40) : line)) : lines,
    });
    const model = await modelAt(server, protocol, perMillion);
    const answers = await collect(runCalls(ask(6), { ledger, model, budgetUsd: 1 }));
    expect(tagsOf(answers)).toEqual(everyTag(6));
    expect(answers.every(({ error }) => error === null)).toBe(true);
    expect(server.batches.map(({ customIds }) => customIds.length)).toEqual([6, 1]);
    expect(ledger.unseen().paidTwice).toMatchObject({ calls: 1 });
  });

  it("with lines that are garbage, twice there, strange or missing, nothing is lost", async () => {
    const notes: string[] = [];
    const server = await start({
      editResults(lines) {
        if (lines.length !== 6) return lines;
        const [first = "", second = "", , ...rest] = lines;
        const strange = first.replace(/"custom_id":"[^"]+"/, '"custom_id":"never-sent"');
        return ["not json", "[]", '"text"', first, first, strange, second, "", ...rest];
      },
    });
    const model = await modelAt(server, protocol);
    const answers = await collect(runCalls(ask(6), { ledger, model, onNote: (note) => notes.push(note) }));
    expect(tagsOf(answers)).toEqual(everyTag(6));
    expect(answers.every(({ error }) => error === null)).toBe(true);
    expect(server.batches.map(({ customIds }) => customIds.length)).toEqual([6, 1]);
    expect(notes).toEqual([expect.stringContaining("1 line that is none of its calls")]);
  });

  it("that are no longer there are asked again, and said", async () => {
    const server = await start();
    let isFirst = true;
    const notes: string[] = [];
    const model = withApi(await modelAt(server, protocol, perMillion), (api) => ({
      results(batchId, signal) {
        if (!isFirst) return api.results(batchId, signal);
        isFirst = false;
        return api.results("unknown", signal);
      },
    }));
    const answers = await collect(
      runCalls(ask(6), { ledger, model, budgetUsd: 1, onNote: (note) => notes.push(note) }),
    );
    expect(tagsOf(answers)).toEqual(everyTag(6));
    expect(notes).toEqual([expect.stringContaining("no longer there")]);
    expect(ledger.unseen().paidTwice.calls).toBe(6);
  });
});

describe("a batch that is not taken", () => {
  it("gives the lines up that it names, and sends the others again", async () => {
    const server = await start();
    const model = withApi(await modelAt(server, "openai"), (api) => ({
      async status(batchId, signal) {
        const status = await api.status(batchId, signal);
        if (server.batches[0]?.id !== batchId) return status;
        const errors = [{ code: "invalid_request", message: "max_tokens is too large", line: 3 }];
        return { ...status, phase: "failed", rawStatus: "failed", errors };
      },
    }));
    const answers = await collect(runCalls(ask(6), { ledger, model }));
    expect(answers.filter(({ error }) => error !== null)).toMatchObject([
      { tag: 2, error: { code: "bad_request", message: "line 3: max_tokens is too large" } },
    ]);
    expect(server.batches.map(({ customIds }) => customIds.length)).toEqual([6, 5]);
  });

  const noModel = [{ code: "model_not_found", message: "The model is not supported by the Batch API", line: 1 }];
  const failed = (status: BatchStatus): BatchStatus => ({
    ...status,
    phase: "failed",
    rawStatus: "failed",
    errors: noModel,
  });

  it("ends the run where no batch would be taken, and is over", async () => {
    const server = await start();
    const model = withApi(await modelAt(server, "openai"), (api) => ({
      status: async (batchId, signal) => failed(await api.status(batchId, signal)),
    }));
    const { error } = await collectUntilError(runCalls(ask(6), { ledger, model }));
    expect(error).toMatchObject({
      exitCode: 3,
      code: "model_not_found",
      message: expect.stringContaining("line 1: The model is not supported by the Batch API"),
    });
    expect(ledger.batches.unfinished()).toEqual([]);
  });

  it("goes in real time then under auto", async () => {
    const server = await start();
    const notes: string[] = [];
    const model = withApi(await modelAt(server, "openai"), (api) => ({
      status: async (batchId, signal) => failed(await api.status(batchId, signal)),
    }));
    const answers = await collect(
      runCalls(ask(30), { ledger, model, mode: "auto", onNote: (note) => notes.push(note) }),
    );
    expect(tagsOf(answers)).toEqual(everyTag(30));
    expect(server.requests).toBe(30);
    expect(notes).toEqual([expect.stringContaining("the rest goes in real time")]);
  });

  it("waits where too many tokens are enqueued, and makes smaller ones", async () => {
    // 100 tokens of answer and about 5 of prompt a line: 8 lines at a time, and the first batches have 20.
    const server = await start({ enqueuedTokens: 900, batchMs: 20 });
    const model = await modelAt(server, "openai");
    const answers = await collect(runCalls(ask(40), { ledger, model, batch: { maxCalls: 20 } }));
    expect(tagsOf(answers)).toEqual(everyTag(40));
    expect(answers.every(({ error }) => error === null)).toBe(true);
    expect(server.bill.billedTwice).toEqual([]);
  });

  it("stops at an account without money, with what was got", async () => {
    const server = await start({
      reply: (request, context) =>
        context.prompt === "question 2"
          ? { kind: "error", error: "insufficient_quota" }
          : defaultReply(request, context),
    });
    const model = await modelAt(server, "openai");
    const { all, error } = await collectUntilError(runCalls(ask(5), { ledger, model }));
    expect(error).toMatchObject({ exitCode: 3, code: "insufficient_quota" });
    expect(tagsOf(all)).toEqual([0, 1, 3, 4]);
    expect(ledger.batches.unfinished()).toEqual([]);
  });

  it("stops where every line is refused", async () => {
    const server = await start({ reply: () => ({ kind: "error", error: "bad_request" }) });
    const model = await modelAt(server, "openai");
    const { error } = await collectUntilError(runCalls(ask(60), { ledger, model, batch: { maxCalls: 30 } }));
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining("refused all of the first 30") });
  });
});

describe("a provider in trouble", () => {
  it("is waited for while it refuses looks, resets them or answers web pages", async () => {
    const kinds = [
      { kind: "status", status: 500 },
      { kind: "reset" },
      { kind: "html" },
      { kind: "error", error: "overloaded" },
    ] as const;
    const server = await start({
      intercept: ({ method, path, earlier }) =>
        method === "GET" && /^\/v1\/(?:batches\/|files\/)/.test(path) ? (kinds[earlier] ?? null) : null,
    });
    const model = await modelAt(server, "openai");
    const answers = await collect(runCalls(ask(6), { ledger, model, random: () => 0 }));
    expect(tagsOf(answers)).toEqual(everyTag(6));
    expect(server.bill.billed).toBe(6);
  });

  it("finds the batch whose submission's reply was lost, and submits again what never arrived", async () => {
    for (const kind of ["lost", "reset"] as const) {
      const server = await start({
        intercept: ({ method, path, earlier }) =>
          method === "POST" && path === "/v1/batches" && earlier === 0 ? { kind } : null,
      });
      using other = openLedger(join(folder, `${kind}.sqlite`));
      const model = await modelAt(server, "openai");
      expect(tagsOf(await collect(runCalls(ask(6), { ledger: other, model })))).toEqual(everyTag(6));
      expect(server.batches).toHaveLength(1);
      await server.close();
    }
    provider = null;
  });

  it("that answers a web page to the submission has no batch, and is asked again", async () => {
    const server = await start({
      intercept: ({ method, path, earlier }) =>
        method === "POST" && /^\/v1\/(?:batches|files)$/.test(path) && earlier === 0 ? { kind: "html" } : null,
    });
    const model = await modelAt(server, "openai");
    expect(tagsOf(await collect(runCalls(ask(6), { ledger, model })))).toEqual(everyTag(6));
    expect(server.batches).toHaveLength(1);
  });

  it("that quotes the key does not bring it into the ledger", async () => {
    const server = await start({
      reply: (request, context) =>
        context.prompt === "question 2"
          ? { kind: "error", error: "bad_request", message: "not for key-of-the-fake" }
          : context.prompt === "question 3"
            ? { kind: "error", error: "bad_request", message: "not for team-of-the-fake" }
            : defaultReply(request, context),
    });
    for (const protocol of ["openai", "anthropic", "google"] as const) {
      const model = await modelAt(server, protocol, { headers: { "x-team-key": "team-of-the-fake" } });
      const answers = await collect(runCalls(ask(4), { ledger, model }));
      expect(answers.find(({ tag }) => tag === 2)?.error?.message).toBe("400 not for [key]");
      expect(answers.find(({ tag }) => tag === 3)?.error?.message).toBe("400 not for [key]");
      expect(JSON.stringify(answers.map(({ error }) => error))).not.toContain("of-the-fake");
    }
  });

  it("that quotes the key as it refuses a batch does not bring it into the error", async () => {
    const errors = { data: [{ code: "invalid_auth", message: "not for key-of-the-fake" }] };
    const server = await start({
      intercept: ({ method, path }) =>
        method === "GET" && path.startsWith("/v1/batches/")
          ? { kind: "status", status: 200, body: { id: path.slice("/v1/batches/".length), status: "failed", errors } }
          : null,
    });
    const model = await modelAt(server, "openai");
    const { error } = await collectUntilError(runCalls(ask(4), { ledger, model }));
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining("not for [key]") });
  });

  it.each(["files", "batches"])("that takes nothing at /%s ends the run, and nothing is held", async (path) => {
    const server = await start({
      intercept: (request) =>
        request.method === "POST" && request.path === `/v1/${path}` ? { kind: "status", status: 500 } : null,
    });
    const price = { input_usd_per_million: 1, output_usd_per_million: 1 };
    const model = await modelAt(server, "openai", { price });
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(note);
    const calling = runCalls(ask(6), { ledger, model, budgetUsd: 1, onNote, batch: { graceMs: 50 } });
    const { error } = await collectUntilError(calling);
    expect(error).toMatchObject({ exitCode: 3, code: "server_error" });
    expect(notes).toEqual([expect.stringContaining("could not be submitted")]);
    expect(ledger.batches.unfinished()).toEqual([]);
    expect(ledger.spending().reservedUsd).toBe(0);
  });

  it("that is not there ends the run", async () => {
    const server = await start();
    const model = await modelAt(server, "openai");
    await server.close();
    provider = null;
    const { error } = await collectUntilError(runCalls(ask(6), { ledger, model }));
    expect(error).toMatchObject({ exitCode: 3, code: "unreachable" });
  });

  it("stops at a key that is refused, and goes on with the right one", async () => {
    let isRefused = true;
    const server = await start({
      intercept: ({ method, path }) =>
        isRefused && method === "GET" && path.startsWith("/v1/batches/") ? { kind: "error", error: "bad_key" } : null,
    });
    const model = await modelAt(server, "openai");
    const { error } = await collectUntilError(runCalls(ask(6), { ledger, model }));
    expect(error).toMatchObject({ exitCode: 3, code: "bad_key", hint: expect.stringContaining("FAKE_KEY") });
    isRefused = false;
    expect(tagsOf(await collect(runCalls(ask(6), { ledger, model })))).toEqual(everyTag(6));
    expect(server.bill.billed).toBe(6);
  });

  it("that does not know a batch is not taken for one that lost it", async () => {
    const server = await start({
      intercept: ({ method, path }) =>
        method === "GET" && path.startsWith("/v1/batches/") ? { kind: "status", status: 404 } : null,
    });
    const model = await modelAt(server, "openai");
    const { error } = await collectUntilError(runCalls(ask(6), { ledger, model }));
    expect(error).toMatchObject({ exitCode: 3, code: "batch_not_found", hint: expect.stringContaining("sqlite3") });
    expect(ledger.batches.unfinished()).toMatchObject([{ state: "submitted" }]);
  });

  it("has no files and batches: exit 3 under batch, real time under auto", async () => {
    const server = await start({
      intercept: ({ path }) => (/^\/v1\/(?:files|batches)/.test(path) ? { kind: "status", status: 404 } : null),
    });
    const model = await modelAt(server, "openai");
    const { error } = await collectUntilError(runCalls(ask(6), { ledger, model }));
    expect(error).toMatchObject({ exitCode: 3, code: "not_found" });
    const answers = await collect(runCalls(ask(12), { ledger, model, mode: "auto" }));
    expect(tagsOf(answers)).toEqual(everyTag(12));
    expect(server.requests).toBe(12);
  });
});
