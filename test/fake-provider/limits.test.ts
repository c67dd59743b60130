import { describe, expect, test } from "vitest";
import type { FakeProvider } from "./contract.ts";
import { startFakeProvider } from "./index.ts";
import { formatReset } from "./openai-errors.ts";

const chat = { model: "gpt-4o-mini", max_tokens: 20, messages: [{ role: "user", content: "What is pH?" }] };

function post(provider: FakeProvider, path: string, body: unknown, headers: Record<string, string> = {}) {
  const json = { "content-type": "application/json", ...headers };
  return fetch(`${provider.origin}${path}`, { method: "POST", headers: json, body: JSON.stringify(body) });
}

function headersLike(response: Response, prefix: string): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith(prefix)));
}

describe("a limited server", () => {
  test("answers with OpenAI's headers, and a 429 with the time to wait", async () => {
    await using provider = await startFakeProvider({
      limits: { requestsPerMinute: 2, tokensPerMinute: 10_000, window: "full-bucket" },
    });
    const first = await post(provider, "/v1/chat/completions", chat);
    expect(headersLike(first, "x-ratelimit")).toMatchObject({
      "x-ratelimit-limit-requests": "2",
      "x-ratelimit-remaining-requests": "1",
      "x-ratelimit-limit-tokens": "10000",
      "x-ratelimit-remaining-tokens": "9974",
    });
    expect(first.headers.get("x-ratelimit-reset-requests")).toMatch(/^(?:30|29\.\d+)s$/);
    await post(provider, "/v1/chat/completions", chat);
    const refused = await post(provider, "/v1/chat/completions", chat);
    expect(refused.status).toBe(429);
    const waitMs = Number(refused.headers.get("retry-after-ms"));
    expect(waitMs).toBeGreaterThan(25_000);
    expect(refused.headers.get("retry-after")).toBe(String(Math.ceil(waitMs / 1000)));
    expect(await refused.json()).toMatchObject({ error: { type: "requests", code: "rate_limit_exceeded" } });
    expect([provider.statuses.get(429), provider.answered]).toEqual([1, 2]);
  });

  test("answers with Anthropic's headers, input and output apart", async () => {
    await using provider = await startFakeProvider({
      limits: { requestsPerMinute: 50, inputTokensPerMinute: 30, outputTokensPerMinute: 8, window: "fixed" },
      clockSkewMs: 3_600_000,
    });
    const version = { "anthropic-version": "2023-06-01" };
    const first = await post(provider, "/v1/messages", chat, version);
    expect(headersLike(first, "anthropic-ratelimit")).toMatchObject({
      "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-input-tokens-limit": "30",
      "anthropic-ratelimit-input-tokens-remaining": "24",
      "anthropic-ratelimit-output-tokens-remaining": "2",
    });
    const resetsAt = Date.parse(first.headers.get("anthropic-ratelimit-requests-reset") ?? "");
    expect(resetsAt - Date.parse(first.headers.get("date") ?? "")).toBeLessThanOrEqual(60_000);
    expect(resetsAt).toBeGreaterThan(Date.now() + 3_600_000);
    await post(provider, "/v1/messages", chat, version);
    const refused = await post(provider, "/v1/messages", chat, version);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(refused.headers.get("retry-after-ms")).toBeNull();
    expect(await refused.json()).toMatchObject({
      type: "error",
      error: { type: "rate_limit_error", message: expect.stringContaining("output tokens per minute") },
    });
  });

  test("refuses for good what is larger than the whole limit", async () => {
    await using provider = await startFakeProvider({ limits: { tokensPerMinute: 25 } });
    const refused = await post(provider, "/v1/chat/completions", { ...chat, max_tokens: 1_000 });
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain("Request too large for gpt-4o-mini");
  });

  test("counts a day's requests, and each model by itself", async () => {
    await using provider = await startFakeProvider({ limits: { requestsPerDay: 1, dayMs: 400 } });
    const statusOf = async (model: string) => (await post(provider, "/v1/chat/completions", { ...chat, model })).status;
    expect([await statusOf("a"), await statusOf("a"), await statusOf("b")]).toEqual([200, 429, 200]);
    await new Promise((resolve) => setTimeout(resolve, 420));
    expect(await statusOf("a")).toBe(200);
  });

  test.each([
    [0, "0ms"],
    [119.2, "120ms"],
    [1_500, "1.5s"],
    [360_000, "6m0s"],
    [3_723_000, "1h2m3s"],
  ])("writes %d ms as OpenAI does: %s", (ms, text) => {
    expect(formatReset(ms)).toBe(text);
  });
});
