import { describe, expect, it, vi } from "vitest";
import { rateLimited } from "../../test/fake-provider/index.ts";
import { fromLanguageModel } from "../models/index.ts";
import { createBudget } from "./budget.ts";
import type { CallState } from "./call-state.ts";
import { createDeadline } from "./deadline.ts";
import { completionBody, startRawServer } from "./fixtures/raw-server.ts";
import { ask, collect, collectUntilError, resolveFake, useCallBench } from "./fixtures/run-calls.ts";
import { openLedger } from "./ledger/ledger-open.ts";
import { createLimiter } from "./limiter/limiter.ts";
import type { ModelAnswer } from "./request.ts";

const bench = useCallBench();
const paid = { input_usd_per_million: 1, output_usd_per_million: 1 };
const { start, run } = bench;

describe("a server that fails", () => {
  it("for some seconds costs no row, and few tries", { timeout: 30_000 }, async () => {
    let downFrom = Number.POSITIVE_INFINITY;
    const isDown = () => Date.now() > downFrom && Date.now() < downFrom + 3_000;
    let refused = 0;
    const { model } = await start({
      latencyMs: 5,
      reply: (_request, { index, prompt }) => {
        if (index === 100) downFrom = Date.now();
        if (!isDown()) return { kind: "answer", text: prompt };
        refused++;
        return { kind: "reset" };
      },
    });
    const answers = await collect(run(ask(400), { model, maxRetries: 2 }));
    expect(answers.filter(({ error }) => error === null)).toHaveLength(400);
    // What was in flight when it began, and a call now and then.
    expect(refused).toBeLessThan(64 + 20);
  });

  it("always ends the run with its last error", { timeout: 60_000 }, async () => {
    const { provider, model } = await start({ reply: () => ({ kind: "reset" }) });
    const { all, error } = await collectUntilError(run(ask(300), { model, random: () => 0 }));
    expect(all).toEqual([]);
    expect(error).toMatchObject({ exitCode: 3, code: "connection_lost", message: expect.stringContaining("fake at") });
    expect(provider.requests).toBeLessThan(60);
  });

  it("on the last rows of a run alone fails those rows, where it has answered before", async () => {
    const { model } = await start({
      reply: (_request, { prompt }) =>
        prompt.startsWith("poison") ? { kind: "error", error: "server_error" } : { kind: "answer", text: prompt },
    });
    const limiter = createLimiter({ start: 8, max: 64 });
    await collect(run(ask(20), { model, limiter }));
    const all = await collect(run(ask(4, "poison"), { model, limiter, maxRetries: 1, random: () => 0 }));
    expect(all.map(({ error }) => error?.code)).toEqual(Array(4).fill("server_error"));
    // Another run may have more luck: they are not failed for good.
    expect(bench.ledger.findFailure(all[0]?.identity ?? "")).toMatchObject({ is_final: 0 });
  });
});

describe("an answer's body", () => {
  it("that drips ends at the deadline", async () => {
    await using server = await startRawServer((response, index) => {
      const body = completionBody("whole");
      response.writeHead(200, { "content-type": "application/json" });
      if (index > 0) return response.end(body);
      const timer = setInterval(() => response.write(" "), 20);
      return response.on("close", () => clearInterval(timer));
    });
    const model = await resolveFake(server.baseUrl);
    const deadline = createDeadline({ untriedMs: 0 });
    const short = ask(1).map((request) => ({ ...request, maxTokens: 10 }));
    const [answer] = await collect(run(short, { model, deadline, random: () => 0 }));
    expect(answer).toMatchObject({ text: "whole", tries: 2 });
  });

  it("of more than 64 MB is refused, for its row alone", { timeout: 20_000 }, async () => {
    const megabyte = Buffer.alloc(1024 * 1024, " ");
    await using server = await startRawServer((response) => {
      response.on("error", () => undefined);
      const send = (left: number): void => {
        if (left === 0) response.end(completionBody("too late"));
        else if (!response.destroyed) response.write(megabyte, () => send(left - 1));
      };
      send(70);
    });
    const model = await resolveFake(server.baseUrl);
    const [answer] = await collect(run(ask(1), { model }));
    expect(answer).toMatchObject({ text: null, tries: 1, error: { code: "answer_too_large" } });
  });

  it("that is no JSON is asked for again", async () => {
    const { model } = await start({
      reply: (_request, { earlier, prompt }) =>
        earlier === 0 ? { kind: "malformed" } : { kind: "answer", text: prompt },
    });
    const [answer] = await collect(run(ask(1), { model, random: () => 0 }));
    expect(answer).toMatchObject({ text: "question 0", tries: 2 });
  });
});

describe("the end of a day's quota", () => {
  const twoHours = 7_200_000;

  it("ends the run where that is wanted, with what was in flight", async () => {
    const { provider, model } = await start({
      latencyMs: 20,
      reply: (_request, { index, prompt }) => (index === 10 ? rateLimited(twoHours) : { kind: "answer", text: prompt }),
    });
    const limiter = createLimiter({ start: 4, max: 4 });
    const { all, error } = await collectUntilError(run(ask(100), { model, limiter, whenQuotaEnds: "stop" }));
    expect(error).toMatchObject({
      exitCode: 3,
      code: "quota_ended",
      message: expect.stringContaining("goes on in 2 h 00 min"),
      hint: expect.stringContaining(`${all.length} answers`),
    });
    expect(all).toHaveLength(provider.requests - 1);
  });

  it("is waited for otherwise, with a countdown", async () => {
    const { provider, model } = await start({
      latencyMs: 5,
      reply: (_request, { index, prompt }) => (index === 10 ? rateLimited(twoHours) : { kind: "answer", text: prompt }),
    });
    const controller = new AbortController();
    let read: (() => CallState) | null = null;
    const limiter = createLimiter({ start: 4, max: 4 });
    const ending = collectUntilError(
      run(ask(100), {
        model,
        limiter,
        signal: controller.signal,
        onState: (reader) => {
          read = reader;
        },
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    const state = (read as (() => CallState) | null)?.();
    expect(state?.limiter).toMatch(
      /^the day's quota is used up: goes on in (?:1 h 59|2 h 00) min \(at \d\d:\d\d UTC\); 1 wait after 429$/,
    );
    expect(state).toMatchObject({ inFlight: 0, waiting: 1 });
    const requests = provider.requests;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(provider.requests).toBe(requests);
    controller.abort();
    expect((await ending).error).toMatchObject({ exitCode: 130 });
  });

  it("of a configured size stops before it is passed", async () => {
    const { provider, model } = await start({ latencyMs: 5 });
    const limits = { ...model.limits, requestsPerDay: 12 };
    const limiter = createLimiter({ start: 8, max: 8, limits, usedToday: 2 });
    // A minute before midnight the run would rather wait.
    if (86_400_000 - (Date.now() % 86_400_000) < 120_000) return;
    const { all, error } = await collectUntilError(run(ask(100), { model, limiter, whenQuotaEnds: "stop" }));
    expect(error).toMatchObject({
      code: "quota_ended",
      message: expect.stringContaining("quota of 12 requests is used up"),
    });
    expect(all).toHaveLength(10);
    expect(provider.requests).toBe(10);
  });
});

describe("failures", () => {
  it("of too large a share end the run, with the commonest reason and an example", async () => {
    const { model } = await start({
      reply: (_request, { index, prompt }) =>
        index % 2 === 0
          ? { kind: "status", status: 400, body: { error: { message: "prompt \u001b[31mtoo long" } } }
          : { kind: "answer", text: prompt },
    });
    const { all, error } = await collectUntilError(run(ask(500), { model, maxFailedShare: 0.3 }));
    expect(error).toMatchObject({
      exitCode: 3,
      code: "too_many_failures",
      message: expect.stringMatching(/of 5\d calls .* `bad_request` .* e\.g\. 400 prompt too long$/),
    });
    expect(all.length).toBeGreaterThanOrEqual(50);
    expect(all.length).toBeLessThan(100);
  });

  it("of a smaller share do not", async () => {
    const { model } = await start({
      reply: (_request, { index, prompt }) =>
        index % 10 === 0 ? { kind: "status", status: 400 } : { kind: "answer", text: prompt },
    });
    expect(await collect(run(ask(200), { model, maxFailedShare: 0.3 }))).toHaveLength(200);
  });

  it("by a model's name bring the nearest names that the server has", async () => {
    const { model } = await start({ models: ["gpt-4o-mini", "gpt-4o", "unlike"] }, { model: "gpt-4o-mni" });
    const { error } = await collectUntilError(run(ask(3), { model }));
    expect(error).toMatchObject({ code: "not_found", hint: expect.stringContaining("`gpt-4o-mini`") });
  });
});

describe("the end of a run", () => {
  it("by an empty account keeps what is in flight, and paid for", async () => {
    const { provider, model } = await start(
      {
        latencyMs: (_request, { index }) => (index === 4 ? 0 : 300),
        reply: (_request, { index, prompt }) =>
          index === 4 ? { kind: "error", error: "insufficient_quota" } : { kind: "answer", text: prompt },
      },
      { price: paid },
    );
    const limiter = createLimiter({ start: 8, max: 8 });
    const { all, error } = await collectUntilError(run(ask(8), { model, limiter, budgetUsd: 1, graceMs: 1 }));
    expect(error).toMatchObject({ code: "insufficient_quota" });
    expect(all).toHaveLength(7);
    expect(provider.bill.billed).toBe(7);
    expect(bench.ledger.unseen().calls).toBe(0);
  });

  it("by itself does not wait longer than the user", async () => {
    const { model } = await start({
      reply: (_request, { index }) => (index === 0 ? { kind: "error", error: "insufficient_quota" } : { kind: "hang" }),
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const startedAt = performance.now();
    const { error } = await collectUntilError(run(ask(4), { model, signal: controller.signal, graceMs: 50 }));
    expect(error).toMatchObject({ code: "insufficient_quota" });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it("does not wait for a model that does not look at its signal", async () => {
    const model = fromLanguageModel(
      {
        specificationVersion: "v4",
        provider: "deaf",
        modelId: "deaf",
        supportedUrls: {},
        doGenerate: () => new Promise(() => undefined),
        doStream: () => Promise.reject(new Error("not asked")),
      },
      { price: 0 },
    );
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const { error } = await collectUntilError(run(ask(3), { model, signal: controller.signal, graceMs: 50 }));
    expect(error).toMatchObject({ exitCode: 130 });
  });

  it("is no hang, and no crash, where the ledger cannot note what was given up", async () => {
    const { model } = await start({ reply: () => ({ kind: "hang" }) }, { price: paid });
    const controller = new AbortController();
    const full = new Error("the disk is full");
    const leaveUnseen = vi.spyOn(bench.ledger, "leaveUnseen").mockImplementation(() => {
      throw full;
    });
    setTimeout(() => controller.abort(), 100);
    const { error } = await collectUntilError(
      run(ask(3), { model, budgetUsd: 1, signal: controller.signal, graceMs: 50 }),
    );
    leaveUnseen.mockRestore();
    expect(error).toMatchObject({ exitCode: 130 });
  });
});

it("a call that another process buys while it waits for its turn is not made", async () => {
  const { provider, model } = await start({ latencyMs: 20 });
  using other = openLedger(bench.ledger.path);
  const limiter = createLimiter({ start: 1, max: 1 });
  const answers: ModelAnswer<number>[] = [];
  for await (const answer of run(ask(10), { model, limiter })) {
    answers.push(answer);
    if (answers.length > 1) continue;
    const budget = createBudget({ ledger: other, budgetUsd: null });
    const theirs = createLimiter({ start: 16, max: 16 });
    await collect(run(ask(10), { model, ledger: other, limiter: theirs, budget }));
  }
  expect(answers).toHaveLength(10);
  expect(answers.filter(({ isFromLedger }) => isFromLedger).length).toBeGreaterThanOrEqual(4);
  // Those alone that both had in flight at the same moment.
  expect(provider.requests).toBeLessThan(16);
});

describe("the state of a run", () => {
  it("counts what was answered, failed and found, and what may be paid twice", async () => {
    const { model } = await start({
      reply: (_request, { index, prompt, earlier }) => {
        if (prompt === "question 3") return { kind: "status", status: 400 };
        if (prompt === "question 4" && earlier === 0) return { kind: "lost" };
        return { kind: "answer", text: prompt, usage: { prompt_tokens: 10, completion_tokens: index >= 0 ? 5 : 0 } };
      },
    });
    await collect(run(ask(3), { model }));
    const states: CallState[] = [];
    let read: (() => CallState) | null = null;
    const onState = (reader: () => CallState): void => {
      read = reader;
    };
    for await (const _answer of run(ask(10), { model, onState, random: () => 0 })) {
      if (read !== null) states.push((read as () => CallState)());
    }
    expect(states.at(-1)).toMatchObject({
      answered: 6,
      failed: 1,
      fromLedger: 3,
      inFlight: 0,
      waiting: 0,
      promptTokens: 60,
      completionTokens: 30,
      budgetLeftUsd: null,
      maybePaidTwice: 1,
    });
  });

  it("tells once of each warning of the provider's package", async () => {
    const { model } = await start();
    const warned = {
      ...model,
      languageModel: {
        ...model.languageModel,
        provider: "fake",
        modelId: "fake",
        specificationVersion: "v4" as const,
        supportedUrls: {},
        doStream: () => Promise.reject(new Error("not asked")),
        doGenerate: async (options: Parameters<typeof model.languageModel.doGenerate>[0]) => ({
          ...(await model.languageModel.doGenerate(options)),
          warnings: [{ type: "unsupported" as const, feature: "seed", details: "no\nseeds" }],
        }),
      },
    };
    const warnings: string[] = [];
    const answers: ModelAnswer<number>[] = await collect(
      run(ask(5), { model: warned, onWarning: (warning) => warnings.push(warning) }),
    );
    expect(answers).toHaveLength(5);
    expect(warnings).toEqual(["`seed` is not supported: no⏎seeds"]);
  });
});
