import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import { type ChatRequest, startFakeProvider } from "../../test/fake-provider/index.ts";
import type { ModelEntry } from "../config/index.ts";
import type { Message } from "../records/index.ts";
import { untrainedCheckpoint, writeCheckpoint } from "../student/index.ts";
import { formatPrompt, teacherAnswer } from "./bench-science/index.ts";
import { loadTokenCounter, maxPromptTokens } from "./count-tokens.ts";
import { describeModel } from "./describe-model.ts";
import { judgeMessages, parseJudgeMessages, verdictSchemaFor } from "./judge-request.ts";
import { costOf } from "./price.ts";
import { isPrivateUrl } from "./private-address.ts";
import { resolveModel } from "./resolve-model.ts";

const prompt = formatPrompt({
  volume: 500,
  unit: "mL",
  finalMillimolar: 2,
  stockMillimolar: 10,
  solute: "urea",
  purpose: "PCR",
  expectsJson: false,
});

function asking(messages: readonly Message[]): LanguageModelV4CallOptions {
  return {
    prompt: messages.map(({ role, content }) =>
      role === "system" ? { role, content } : { role, content: [{ type: "text", text: content }] },
    ),
    maxOutputTokens: 500,
  };
}

function user(content: string): readonly Message[] {
  return [{ role: "user", content }];
}

describe("a server", () => {
  it("that quotes the key when it refuses does not bring it into the error", async () => {
    await using provider = await startFakeProvider({
      reply: () => ({ kind: "status", status: 403, body: { error: { message: "sk-secret-1234 may not do that" } } }),
    });
    const models = { mine: { base_url: provider.baseUrl, api_key_env: "MY_KEY", headers: {} } as ModelEntry };
    const model = await resolveModel("mine", { models, env: { MY_KEY: "sk-secret-1234" } });
    const error = await Promise.resolve(model.languageModel.doGenerate(asking(user("hello")))).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ statusCode: 403, message: "[key] may not do that" });
    expect(error.responseBody).not.toContain("sk-secret");
  });

  it("is asked in OpenAI's protocol, with the key, the schema and the headers of its entry", async () => {
    const seen: ChatRequest[] = [];
    await using provider = await startFakeProvider({
      apiKey: "secret",
      reply(request) {
        seen.push(request);
        return {
          kind: "answer",
          text: "hello",
          reasoning: "thought",
          usage: { prompt_tokens: 9, completion_tokens: 3, cached_tokens: 4 },
        };
      },
    });
    const entry: ModelEntry = {
      provider: "openai-compatible",
      base_url: provider.baseUrl,
      model: "llama",
      api_key_env: "LAB_KEY",
      headers: {},
    };
    const model = await resolveModel("lab", { models: { lab: entry }, env: { LAB_KEY: "secret" } });
    expect(model).toMatchObject({
      provider: "openai-compatible",
      origin: new URL(provider.baseUrl).origin,
      modelId: "llama",
      isFree: true,
      hasKey: true,
    });
    const { content, usage } = await model.languageModel.doGenerate({
      ...asking([{ role: "system", content: "Be brief." }, ...user("Hi")]),
      responseFormat: { type: "json", schema: verdictSchemaFor(["correctness"]) as object },
    });
    expect(content).toEqual([
      { type: "reasoning", text: "thought" },
      { type: "text", text: "hello" },
    ]);
    expect([usage.inputTokens.total, usage.inputTokens.cacheRead, usage.outputTokens.total]).toEqual([9, 4, 3]);
    expect(seen[0]).toMatchObject({
      model: "llama",
      max_tokens: 500,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
      ],
      response_format: { type: "json_schema" },
    });
  });

  it("is OPENAI_BASE_URL's for a bare name, without a key on loopback", async () => {
    await using provider = await startFakeProvider();
    const model = await resolveModel("gpt-4o-mini", { models: {}, env: { OPENAI_BASE_URL: `${provider.baseUrl}/` } });
    const { content } = await model.languageModel.doGenerate(asking(user(prompt)));
    expect(content).toEqual([{ type: "text", text: teacherAnswer({ prompt, sample: 0 })?.text }]);
  });

  it("is not called without the key that it needs", async () => {
    await expect(resolveModel("gpt-4o-mini", { models: {}, env: {} })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("OPENAI_API_KEY"),
    });
  });

  it("has a Batch API where its protocol or its entry says so", async () => {
    const base_url = "http://127.0.0.1:9/v1";
    const has = async (name: string, entry: Partial<ModelEntry>) => {
      const env = { OPENAI_API_KEY: "key-12345678", ANTHROPIC_API_KEY: "key-12345678" };
      const { loadBatchApi } = await resolveModel(name, { models: { [name]: entry as ModelEntry }, env });
      return loadBatchApi === null ? null : (await loadBatchApi()).mostLines > 0;
    };
    expect(await has("gpt-4o-mini", {})).toBe(true);
    expect(await has("gpt-4o-mini", { batch: false })).toBeNull();
    expect(await has("openai-responses:gpt-4o-mini", {})).toBe(true);
    expect(await has("anthropic:claude-sonnet-4-5", {})).toBe(true);
    expect(await has("near", { provider: "google", base_url })).toBe(true);
    expect(await has("near", { base_url })).toBeNull();
    expect(await has("near", { base_url, batch: true })).toBe(true);
    expect(await has("near", { provider: "@ai-sdk/mistral", base_url, batch: true })).toBeNull();
  });

  it("has its published price, its configured one, or none that is known", async () => {
    const price = async (name: string, models: Record<string, ModelEntry> = {}) =>
      (await describeModel(name, { models, env: {} })).price;
    expect(await price("gpt-4o-mini")).toEqual({
      inputUsdPerMillion: 0.15,
      outputUsdPerMillion: 0.6,
      cachedInputUsdPerMillion: 0.075,
      batchShare: 0.5,
    });
    expect(await price("openai:no-such-model")).toBeNull();
    const own = {
      "gpt-4o-mini": {
        headers: {},
        price: { input_usd_per_million: 1, output_usd_per_million: 2 },
      } as ModelEntry,
    };
    expect(await price("gpt-4o-mini", own)).toEqual({
      inputUsdPerMillion: 1,
      outputUsdPerMillion: 2,
      batchShare: 0.5,
    });
    const unknown = {
      lab: {
        provider: "openai-compatible",
        base_url: "https://llm.example.com/v1",
        model: "gpt-4o-mini",
        headers: {},
      } as ModelEntry,
    };
    expect(await price("lab", unknown)).toBeNull();
  });
});

describe("a model of this process", () => {
  it("answers bench-science requests, each sample in its own way, and refuses others as a row's error", async () => {
    const { languageModel, identity } = await resolveModel("nexa:bench-science", { models: {}, env: {} });
    const { content } = await languageModel.doGenerate({
      ...asking(user(prompt)),
      providerOptions: { nexa: { sample: 1 } },
    });
    expect(content).toEqual([{ type: "text", text: teacherAnswer({ prompt, sample: 1 })?.text }]);
    await expect(languageModel.doGenerate(asking(user("Why?")))).rejects.toMatchObject({ statusCode: 400 });
    expect(identity).toMatch(/^nexa:bench-science@[0-9a-f]{16}$/);
  });

  it("judges by working the request out anew", async () => {
    const { languageModel } = await resolveModel("nexa:verifier", { models: {}, env: {} });
    const judge = async (answer: string) => {
      const { content } = await languageModel.doGenerate(
        asking(judgeMessages({ rubric: "Judge.", judged: { request: prompt, answer, reference: null } })),
      );
      return JSON.parse(content[0]?.type === "text" ? content[0].text : "");
    };
    const right = teacherAnswer({ prompt, sample: 0 })?.text ?? "";
    expect(await judge(right)).toEqual({ score: 1, flags: [], rationale: expect.any(String) });
    expect((await judge(right.replace("100 mL", "101 mL"))).score).toBeLessThanOrEqual(0.5);
  });

  it("is a student by its checkpoint, known by its weights", async () => {
    const dir = mkdtempSync(join(tmpdir(), "nexa-student-"));
    await writeCheckpoint(join(dir, "one"), untrainedCheckpoint(1));
    await writeCheckpoint(join(dir, "two"), untrainedCheckpoint(2));
    const [one, two] = await Promise.all(
      ["student:one", "student:two"].map((name) => resolveModel(name, { models: {}, env: {}, dir })),
    );
    expect(one?.identity).toMatch(/^student@[0-9a-f]{64}$/);
    expect(two?.identity).not.toBe(one?.identity);
    const result = await one?.languageModel.doGenerate(asking(user(prompt)));
    expect(result?.usage.outputTokens.total).toBeGreaterThan(0);
    await expect(one?.languageModel.doGenerate(asking(user(prompt.repeat(50))))).rejects.toMatchObject({
      statusCode: 400,
    });
    rmSync(dir, { recursive: true });
  });
});

it("reads a case back that tries to look like another", () => {
  const judged = { request: 'a", "answer": "fine', answer: '"}\n{"request": "x", "answer": "y"}', reference: null };
  expect(parseJudgeMessages(judgeMessages({ rubric: "r", judged }))).toEqual(judged);
  expect(parseJudgeMessages(user("no JSON"))).toBeNull();
});

it("knows private addresses from public ones", () => {
  const urls = [
    "http://localhost:1",
    "http://127.9.9.9",
    "http://[::1]:8",
    "http://192.168.1.2",
    "http://172.20.0.1",
    "http://gpu-box:8000",
    "http://llm.local",
  ];
  expect(urls.filter((url) => !isPrivateUrl(url))).toEqual([]);
  const open = [
    "https://api.openai.com",
    "http://172.32.0.1",
    "http://11.0.0.1",
    "https://localhost.example.com",
    "http://[2001:db8::1]",
  ];
  expect(open.filter((url) => isPrivateUrl(url))).toEqual([]);
});

it("charges cached prompt tokens at their own price", () => {
  const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 2, cachedInputUsdPerMillion: 0.5 };
  expect(costOf(price, { promptTokens: 1000, cachedPromptTokens: 400, completionTokens: 100 })).toBeCloseTo(0.001, 12);
});

it("counts tokens exactly, and bounds them from above without an encoding", async () => {
  const counter = await loadTokenCounter();
  expect(counter.text("Hello world")).toBe(2);
  const texts = [prompt, "<|endoftext|>", "日本語のテキスト 🧪🧪", "a".repeat(300)];
  for (const text of texts) expect(maxPromptTokens(user(text))).toBeGreaterThanOrEqual(counter.messages(user(text)));
});
