import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { insufficientQuota, rateLimited } from "../../test/fake-provider/index.ts";
import { createDeadline } from "./deadline.ts";
import { ask, collect, collectUntilError, useCallBench } from "./fixtures/run-calls.ts";
import { openLedger } from "./ledger/ledger-open.ts";
import { createLimiter } from "./limiter/limiter.ts";

/** 1 dollar for a prompt token and for a completion token, in millionths. */
const dollarPrice = { input_usd_per_million: 1, output_usd_per_million: 1 };

const bench = useCallBench();
const { start, run } = bench;

describe("answers", () => {
  it("gives one answer per request, and asks nothing again in the next run", async () => {
    const { provider, model } = await start();
    const first = await collect(run(ask(100), { model }));
    expect(first.map(({ tag }) => tag).sort((a, b) => a - b)).toEqual(ask(100).map(({ tag }) => tag));
    expect(first.find(({ tag }) => tag === 7)).toMatchObject({
      text: "Answer to: question 7",
      finishReason: "stop",
      isFromLedger: false,
      error: null,
    });
    const moved = [...ask(5, "new"), ...ask(100).reverse()];
    const second = await collect(run(moved, { model }));
    expect(second.filter(({ isFromLedger }) => isFromLedger)).toHaveLength(100);
    expect(provider.requests).toBe(105);
  });

  it("buys an answer once for equal requests of one run, and once for each sample index", async () => {
    const { provider, model } = await start({ latencyMs: 20 });
    const [request] = ask(1);
    if (request === undefined) throw new Error("no request");
    const answers = await collect(run([request, { ...request, tag: 1 }, { ...request, tag: 2, sample: 1 }], { model }));
    expect(answers).toHaveLength(3);
    expect(provider.requests).toBe(2);
    expect(answers.filter(({ isFromLedger }) => isFromLedger).map(({ tag }) => tag)).toEqual([1]);
  });

  it("hands an answer out only when another reader of the ledger sees it", async () => {
    const { model } = await start();
    const reader = openLedger(bench.ledger.path);
    for await (const { identity } of run(ask(20), { model })) expect(reader.find(identity)).not.toBeNull();
    reader[Symbol.dispose]();
  });

  it("buys again, after a SIGKILL, only what was in flight", async () => {
    const { provider, model } = await start({ latencyMs: 10 });
    const program = `
      import { callAll, createBudget, createLimiter, openLedger } from ${JSON.stringify(new URL("index.ts", import.meta.url).href)};
      import { resolveModel } from ${JSON.stringify(new URL("../models/index.ts", import.meta.url).href)};
      const [path, base_url, requests] = process.argv.slice(1);
      const model = await resolveModel("fake", { models: { fake: { provider: "openai-compatible", base_url, headers: {} } }, env: {} });
      const ledger = openLedger(path);
      const signal = new AbortController().signal;
      const budget = createBudget({ ledger, budgetUsd: null });
      const limiter = createLimiter({ start: 8, max: 8 });
      for await (const { tag } of callAll(JSON.parse(requests), { model, ledger, limiter, budget, role: "teacher", signal })) process.stdout.write(tag + "\\n");`;
    const requests = ask(400);
    const args = [
      "--input-type=module",
      "--eval",
      program,
      bench.ledger.path,
      provider.baseUrl,
      JSON.stringify(requests),
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let seen = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString().split("\n").length - 1;
      if (seen > 100) child.kill("SIGKILL");
    });
    await once(child, "close");
    expect(provider.answered).toBeLessThan(400);
    const answers = await collect(run(requests, { model }));
    expect(answers.map(({ tag }) => tag).sort((a, b) => a - b)).toEqual(requests.map(({ tag }) => tag));
    expect(answers.filter(({ isFromLedger }) => isFromLedger).length).toBeGreaterThanOrEqual(seen);
    const boughtTwice = [...provider.answeredByBody.values()].filter((times) => times > 1).length;
    // In flight, or answered but not yet on the disk: two groups of 8 at most.
    expect(boughtTwice).toBeLessThanOrEqual(16);
  });

  it("lets a slow answer hold up no other", async () => {
    const { provider, model } = await start({
      latencyMs: (_request, { prompt }) => (prompt === "question 0" ? 1_500 : 5),
    });
    const limiter = createLimiter({ start: 2, max: 2 });
    const answers = await collect(run(ask(60), { model, limiter }));
    expect(answers.at(-1)?.tag).toBe(0);
    const last = provider.arrivals.at(-1);
    const slow = provider.arrivals.find(({ prompt }) => prompt === "question 0");
    expect((last?.at ?? 0) - (slow?.at ?? 0)).toBeLessThan(1_200);
  });

  it("keeps reasoning, truncation and an empty answer as outcomes", async () => {
    const { model } = await start({
      reply: (_request, { index }) => ({
        kind: "answer",
        text: index === 0 ? "" : "cut off",
        reasoning: "because",
        finishReason: "length",
      }),
    });
    const answers = await collect(run(ask(2), { model, limiter: createLimiter({ start: 1, max: 1 }) }));
    expect(
      answers.map(({ text, reasoning, finishReason, error }) => ({ text, reasoning, finishReason, error })),
    ).toEqual([
      { text: "", reasoning: "because", finishReason: "length", error: null },
      { text: "cut off", reasoning: "because", finishReason: "length", error: null },
    ]);
  });

  it("takes requests no faster than they are answered and taken", async () => {
    const { model } = await start({ latencyMs: 5 });
    let taken = 0;
    async function* source() {
      for (const request of ask(2_000)) {
        taken++;
        yield request;
      }
    }
    const answers = run(source(), { model });
    await answers.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(taken).toBeLessThan(300);
    await answers.return(undefined);
  });
});

describe("failures that may pass", () => {
  it("answers every row in spite of 500s, resets, cut bodies and web pages, and buys none twice", async () => {
    const { provider, model } = await start({
      latencyMs: 2,
      reply: (_request, { index, prompt }) => {
        const kinds = ["reset", "cut", "html"] as const;
        if (index % 7 === 3) return { kind: "status", status: 500 };
        const kind = index % 5 === 2 ? kinds[index % 3] : undefined;
        return kind === undefined ? { kind: "answer", text: `Answer to: ${prompt}` } : { kind };
      },
    });
    const answers = await collect(run(ask(60), { model, random: () => 0 }));
    expect(answers.filter(({ error }) => error === null)).toHaveLength(60);
    expect(provider.answered).toBe(60);
    expect(provider.requests).toBeGreaterThan(75);
  });

  it("waits for retry-after-ms, and starts nothing meanwhile", async () => {
    const { provider, model } = await start({
      reply: (_request, { index, prompt }) => (index === 0 ? rateLimited(400) : { kind: "answer", text: prompt }),
    });
    const answers = await collect(run(ask(5), { model, limiter: createLimiter({ start: 1, max: 1 }) }));
    expect(answers).toHaveLength(5);
    const [first, second] = provider.arrivals;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(395);
  });

  it("does not count refusals for rate as tries", async () => {
    const { model } = await start({
      reply: (_request, { index, prompt }) => (index < 12 ? rateLimited(5) : { kind: "answer", text: prompt }),
    });
    const answers = await collect(run(ask(1), { model, maxRetries: 0, random: () => 0 }));
    expect(answers[0]).toMatchObject({ tries: 13, error: null });
  });

  it("ends a hang at the deadline and tries again", async () => {
    const { provider, model } = await start({
      reply: (_request, { prompt, earlier }) =>
        prompt === "question 30" && earlier === 0 ? { kind: "hang" } : { kind: "answer", text: prompt },
    });
    const answers = await collect(
      run(ask(60), {
        model,
        limiter: createLimiter({ start: 1, max: 2 }),
        random: () => 0,
        deadline: createDeadline({ shortestMs: 300 }),
      }),
    );
    expect(answers).toHaveLength(60);
    expect(answers.find(({ tag }) => tag === 30)).toMatchObject({ tries: 2, text: "question 30" });
    expect(provider.requests).toBe(61);
  });

  it("gives a row up that the server always fails on, and goes on with the others", async () => {
    const { model } = await start({
      latencyMs: 5,
      reply: (_request, { prompt }) =>
        prompt === "question 3" ? { kind: "status", status: 500 } : { kind: "answer", text: prompt },
    });
    const answers = await collect(run(ask(30), { model, maxRetries: 2, random: () => 0 }));
    expect(answers).toHaveLength(30);
    expect(answers.filter(({ error }) => error !== null)).toMatchObject([
      { tag: 3, text: null, tries: 3, error: { code: "server_error" } },
    ]);
  });
});

describe("failures of a row", () => {
  it("records a 400 for its row, without a retry, and asks it again only where that is wanted", async () => {
    const { provider, model } = await start({
      reply: (_request, { prompt }) =>
        prompt === "question 1"
          ? { kind: "status", status: 400, body: { error: { message: "too \u001b[31mlong" } } }
          : { kind: "answer", text: prompt },
    });
    const answers = await collect(run(ask(4), { model }));
    expect(answers.find(({ tag }) => tag === 1)).toMatchObject({
      text: null,
      finishReason: "error",
      error: { code: "bad_request", message: "400 too long" },
    });
    expect(provider.requests).toBe(4);
    const again = await collect(run(ask(4), { model }));
    expect(again.find(({ tag }) => tag === 1)).toMatchObject({ isFromLedger: true, error: { code: "bad_request" } });
    expect(provider.requests).toBe(4);
    await collect(run(ask(4), { model, retryFailed: true }));
    expect(provider.requests).toBe(5);
  });

  it("ends the run where every first request is refused as it stands", async () => {
    const { provider, model } = await start({
      reply: () => ({ kind: "status", status: 400, body: { error: { message: "unknown parameter" } } }),
    });
    const { error } = await collectUntilError(run(ask(500), { model }));
    expect(error).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("refused all of the first 20 requests"),
    });
    expect(provider.requests).toBeLessThan(60);
  });
});

describe("the end of a run", () => {
  it("stops at the first 401, naming the key's variable", async () => {
    const { provider, model } = await start({ apiKey: "right", latencyMs: 5 });
    const wrong = { ...model, keyEnv: "NEXA_TEST_KEY" };
    const limiter = createLimiter({ start: 8, max: 64, startsAlone: true });
    const { error } = await collectUntilError(run(ask(100), { model: wrong, limiter }));
    expect(error).toMatchObject({ exitCode: 3, code: "bad_key", hint: expect.stringContaining("NEXA_TEST_KEY") });
    expect(provider.requests).toBe(1);
  });

  it("stops when the account has no money, and commits what is in flight", async () => {
    const { provider, model } = await start({
      latencyMs: (_request, { index }) => (index === 3 ? 1 : 60),
      reply: (_request, { index, prompt }) => (index === 3 ? insufficientQuota : { kind: "answer", text: prompt }),
    });
    const { all, error } = await collectUntilError(run(ask(100), { model }));
    expect(error).toMatchObject({ exitCode: 3, code: "insufficient_quota" });
    expect(all).toHaveLength(7);
    expect(provider.requests).toBe(8);
  });

  it("stops when the model does not exist", async () => {
    const { model } = await start({
      reply: () => ({
        kind: "status",
        status: 404,
        body: { error: { message: "The model does not exist", code: "model_not_found" } },
      }),
    });
    const { error } = await collectUntilError(run(ask(10), { model }));
    expect(error).toMatchObject({ exitCode: 3, code: "not_found" });
  });

  it("gives an unreachable server up after three tries", async () => {
    const { provider, model } = await start();
    await provider.close();
    const { all, error } = await collectUntilError(run(ask(5), { model, random: () => 0 }));
    expect(all).toEqual([]);
    expect(error).toMatchObject({
      exitCode: 3,
      code: "unreachable",
      message: expect.stringContaining(new URL(provider.baseUrl).origin),
    });
  });

  it("ends with 130 after the signal, with the answers in flight kept", async () => {
    const { provider, model } = await start({ latencyMs: 80 });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 40);
    const { error } = await collectUntilError(run(ask(100), { model, signal: controller.signal }));
    expect(error).toMatchObject({ exitCode: 130 });
    expect(provider.requests).toBe(8);
    const again = await collect(run(ask(8), { model }));
    expect(again.every(({ isFromLedger }) => isFromLedger)).toBe(true);
  });

  it("gives answers in flight only a short grace after the signal", async () => {
    const { model } = await start({ reply: () => ({ kind: "hang" }) });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const startedAt = Date.now();
    const { error } = await collectUntilError(run(ask(10), { model, signal: controller.signal, graceMs: 100 }));
    expect(error).toMatchObject({ exitCode: 130 });
    expect(Date.now() - startedAt).toBeLessThan(2_000);
  });

  it("passes an error of the source on", async () => {
    const { model } = await start();
    async function* source() {
      yield* ask(3);
      throw new Error("line 4 is broken");
    }
    const { error } = await collectUntilError(run(source(), { model }));
    expect(error).toMatchObject({ message: "line 4 is broken" });
  });
});

describe("the budget", () => {
  const usage = { prompt_tokens: 10, completion_tokens: 50 };

  it("stops before a call that could pass it, also over restarts, and says what was got", async () => {
    const { provider, model } = await start(
      { reply: (_request, { prompt }) => ({ kind: "answer", text: prompt, usage }) },
      { price: dollarPrice },
    );
    const budgetUsd = 0.0015;
    const first = await collectUntilError(run(ask(100), { model, budgetUsd }));
    expect(first.error).toMatchObject({ exitCode: 5, hint: expect.stringContaining(`${first.all.length} answers`) });
    expect(first.all.length).toBeGreaterThan(20);
    expect(bench.ledger.spending().boughtUsd).toBeCloseTo(first.all.length * 60e-6, 9);
    expect(bench.ledger.spending().boughtUsd).toBeLessThanOrEqual(budgetUsd);
    expect(bench.ledger.spending().reservedUsd).toBeCloseTo(0, 12);
    const second = await collectUntilError(run(ask(100), { model, budgetUsd }));
    expect(second.error).toMatchObject({ exitCode: 5 });
    expect(provider.requests).toBe(first.all.length);
    expect(await collect(run(ask(100), { model, budgetUsd: 1 }))).toHaveLength(100);
    expect(provider.requests).toBe(100);
  });

  it("never has more in flight than it could pay for", async () => {
    const { provider, model } = await start(
      { latencyMs: 20, reply: () => ({ kind: "answer", text: "x", usage }) },
      { price: dollarPrice },
    );
    await collectUntilError(run(ask(100), { model, budgetUsd: 0.0005 }));
    expect(provider.mostInFlight).toBeLessThanOrEqual(3);
  });

  it("counts calls whose outcome was never seen at their worst", async () => {
    const { model } = await start(
      {
        reply: (_request, { index, prompt }) =>
          index === 0 ? { kind: "cut" } : { kind: "answer", text: prompt, usage },
      },
      { price: dollarPrice },
    );
    await collect(run(ask(1), { model, budgetUsd: 1, random: () => 0 }));
    const { boughtUsd, reservedUsd } = bench.ledger.spending();
    expect(boughtUsd).toBeCloseTo(60e-6, 9);
    expect(reservedUsd).toBeGreaterThan(100e-6);
    const reopened = openLedger(bench.ledger.path);
    expect(reopened.spending().reservedUsd).toBeCloseTo(reservedUsd, 12);
    reopened[Symbol.dispose]();
  });

  it("charges the worst case where the provider reports no usage", async () => {
    const { model } = await start(
      { reply: () => ({ kind: "answer", text: "x", usage: null }) },
      { price: dollarPrice },
    );
    const [answer] = await collect(run(ask(1), { model, budgetUsd: 1 }));
    expect(answer?.costUsd).toBeGreaterThan(100e-6);
  });

  it("refuses to call a priced model without one", async () => {
    const { provider, model } = await start({}, { price: dollarPrice });
    expect(() => run(ask(1), { model })).toThrow(/without a budget/);
    expect(provider.requests).toBe(0);
  });
});
