import { describe, expect, test } from "vitest";
import { createFaults, type FaultName, faultNames } from "./faults.ts";
import { startFakeProvider } from "./index.ts";

const ask = (baseUrl: string, content = "Why is the sky blue?") =>
  fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "fake", messages: [{ role: "user", content }] }),
    signal: AbortSignal.timeout(3_000),
  });

/** The status and the body, or the error's name. */
async function outcomeOf(fault: FaultName): Promise<string> {
  await using provider = await startFakeProvider({ faults: { [fault]: 1 } });
  try {
    const response = await ask(provider.baseUrl);
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return (error as Error).name;
  }
}

describe("a fault", () => {
  test.each([
    ["error_500", /^500 .*server_error/],
    ["error_503", /^503 .*overloaded/],
    ["error_529", /^503 /],
    ["reset", /^TypeError/],
    ["lost", /^TypeError/],
    ["cut", /^TypeError/],
    ["malformed", /^200 .*It is/],
    ["slow", /^200 .*sky blue/],
    ["empty", /^200 .*"content":""/],
    ["length", /^200 .*"finish_reason":"length"/],
    ["content_filter", /^200 .*"finish_reason":"content_filter"/],
    ["content_filter_error", /^400 .*"code":"content_filter"/],
    ["insufficient_quota", /^429 .*"code":"insufficient_quota"/],
    ["bad_key", /^401 .*invalid_api_key/],
    ["forbidden", /^403 /],
    ["model_not_found", /^404 .*model_not_found/],
    ["context_length_exceeded", /^400 .*context_length_exceeded/],
    ["html", /^200 <!doctype html>/],
  ] as const)("%s is what a client sees", async (fault, expected) => {
    expect(await outcomeOf(fault)).toMatch(expected);
  });

  test("a hang never answers", async () => {
    await using provider = await startFakeProvider({ faults: { hang: 1 } });
    const answer = ask(provider.baseUrl).then(
      () => "answered",
      () => "ended",
    );
    const waited = new Promise((resolve) => setTimeout(() => resolve("waiting"), 300));
    expect(await Promise.race([answer, waited])).toBe("waiting");
  });

  test("has about its share, falls on the same requests again, and elsewhere with another seed", () => {
    const shares = { error_500: 0.2, hang: 0.05 };
    const drawAll = (seed: number) => {
      const draw = createFaults({ seed, shares });
      return Array.from({ length: 4_000 }, (_, index) => draw(`request ${index}`, 0));
    };
    const drawn = drawAll(7);
    expect(drawn.filter((name) => name === "error_500").length / 4_000).toBeCloseTo(0.2, 1);
    expect(drawn.filter((name) => name === "hang").length / 4_000).toBeCloseTo(0.05, 1);
    expect(drawAll(7)).toEqual(drawn);
    expect(drawAll(8)).not.toEqual(drawn);
  });

  test("falls anew on each try of a request", () => {
    const draw = createFaults({ seed: 1, shares: { error_500: 0.5 } });
    const tries = Array.from({ length: 40 }, (_, earlier) => draw("the same", earlier));
    expect(new Set(tries)).toEqual(new Set([null, "error_500"]));
  });

  test("every kind has a name of its own", () => {
    expect(new Set(faultNames).size).toBe(faultNames.length);
  });
});

describe("the bill", () => {
  test("holds work whose answer was lost, and shows what was bought twice", async () => {
    await using provider = await startFakeProvider({
      reply: (_, { earlier }) => (earlier === 0 ? { kind: "lost" } : { kind: "answer", text: "It is blue." }),
    });
    await expect(ask(provider.baseUrl)).rejects.toThrow();
    await (await ask(provider.baseUrl)).text();
    expect([provider.bill.billed, provider.answered]).toEqual([2, 1]);
    expect(provider.bill.billedTwice).toMatchObject([{ prompt: "Why is the sky blue?", times: 2, received: 1 }]);
  });

  test("holds the work of a client that left early", async () => {
    await using provider = await startFakeProvider({ latencyMs: 100 });
    const controller = new AbortController();
    const asked = fetch(`${provider.baseUrl}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "fake", messages: [{ role: "user", content: "Hm?" }] }),
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 30);
    await expect(asked).rejects.toThrow();
    await expect.poll(() => provider.bill.billed).toBe(1);
    expect(provider.answered).toBe(0);
  });

  test("prices a model by its table, cached tokens and batches for less", async () => {
    await using provider = await startFakeProvider({
      prices: { fake: { input: 1_000, cachedInput: 100, output: 2_000 } },
      reply: () => ({
        kind: "answer",
        text: "Yes.",
        usage: { prompt_tokens: 1_000, cached_tokens: 400, completion_tokens: 100 },
      }),
    });
    await (await ask(provider.baseUrl)).text();
    expect(provider.bill.costUsd).toBeCloseTo(0.6 + 0.04 + 0.2);
  });
});
