import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import {
  type CannedReply,
  type RecordedRequest,
  type RecordingServer,
  startRecordingServer,
} from "../../test/fixtures/recording-server.ts";
import type { ModelEntry } from "../config/index.ts";
import { costOf } from "./price.ts";
import { resolveModel } from "./resolve-model.ts";

const answers = {
  chat: {
    id: "c1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "{}" }, finish_reason: "stop" }],
    usage: {
      prompt_tokens: 100,
      completion_tokens: 40,
      total_tokens: 140,
      prompt_tokens_details: { cached_tokens: 60 },
      completion_tokens_details: { reasoning_tokens: 30 },
    },
  },
  responses: {
    id: "r1",
    object: "response",
    created_at: 1,
    model: "m",
    status: "completed",
    output: [
      {
        type: "message",
        id: "o1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "{}", annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 100,
      output_tokens: 40,
      total_tokens: 140,
      input_tokens_details: { cached_tokens: 60 },
      output_tokens_details: { reasoning_tokens: 30 },
    },
  },
  messages: {
    id: "a1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "text", text: "{}" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 30, output_tokens: 40, cache_read_input_tokens: 60, cache_creation_input_tokens: 10 },
  },
  gemini: {
    candidates: [{ content: { parts: [{ text: "{}" }], role: "model" }, finishReason: "STOP" }],
    usageMetadata: {
      promptTokenCount: 100,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 30,
      cachedContentTokenCount: 60,
      totalTokenCount: 140,
    },
  },
};

function answer({ url }: RecordedRequest): CannedReply {
  if (url.includes("/responses")) return { body: answers.responses };
  if (url.includes("/messages")) return { body: answers.messages };
  return { body: url.includes(":generateContent") ? answers.gemini : answers.chat };
}

/** Asks a model at the server once: the body that was sent, and the result. */
async function ask(server: RecordingServer, entry: Partial<ModelEntry>, options: Partial<LanguageModelV4CallOptions>) {
  const base_url = `${server.origin}${entry.provider === "google" ? "/v1beta" : "/v1"}`;
  const models = { mine: { base_url, api_key_env: "MY_KEY", ...entry } as ModelEntry };
  const model = await resolveModel("mine", { models, env: { MY_KEY: "key-12345678" } });
  const result = await model.languageModel.doGenerate({
    prompt: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    maxOutputTokens: 4000,
    ...options,
  });
  const request = server.requests.at(-1) as RecordedRequest;
  return { request, body: request.json as Record<string, unknown>, result };
}

const open = { type: "object", properties: { a: { type: "string" }, b: { type: "number" } }, required: ["a"] } as const;
const closed = { ...open, required: ["a", "b"], additionalProperties: false } as const;
const json = (schema: object) => ({ responseFormat: { type: "json" as const, schema } });

const kinds: readonly { readonly name: string; readonly entry: Partial<ModelEntry> }[] = [
  { name: "openai-responses", entry: { provider: "openai-responses", model: "gpt-4o-mini" } },
  { name: "openai-compatible", entry: { provider: "openai-compatible", model: "llama" } },
  { name: "anthropic", entry: { provider: "anthropic", model: "claude-sonnet-4-5" } },
  { name: "google", entry: { provider: "google", model: "gemini-2.5-flash" } },
  { name: "@ai-sdk/mistral", entry: { provider: "@ai-sdk/mistral", model: "mistral-small-latest" } },
];

describe("every provider", () => {
  it.each(kinds)("$name sends the key in its own header, the entry's headers and options", async ({ entry }) => {
    await using server = await startRecordingServer(answer);
    const { request } = await ask(server, { ...entry, headers: { "x-team": "blue" } }, {});
    const { authorization, "x-api-key": anthropic, "x-goog-api-key": google } = request.headers;
    expect(
      [authorization, anthropic, google].filter(Boolean).map((value) => value?.toString().replace("Bearer ", "")),
    ).toEqual(["key-12345678"]);
    expect(request.headers["x-team"]).toBe("blue");
  });

  it.each(kinds)("$name counts cached tokens among the prompt's and reasoning once", async ({ name, entry }) => {
    await using server = await startRecordingServer(answer);
    const { usage } = (await ask(server, entry, {})).result;
    expect(usage.inputTokens).toMatchObject({ total: 100, cacheRead: 60 });
    expect(usage.outputTokens.total).toBe(40);
    expect(usage.inputTokens.cacheWrite ?? 0).toBe(name === "anthropic" ? 10 : 0);
  });

  it.each(kinds)("$name is asked for an ordinary schema without a strictness that refuses it", async ({ entry }) => {
    await using server = await startRecordingServer(answer);
    const { body } = await ask(server, entry, json(open));
    const text = JSON.stringify(body);
    expect(text).toContain('"properties":{"a":{"type":"string"},"b":{"type":"number"}}');
    expect(text).not.toContain('"strict":true');
  });
});

describe("structured output", () => {
  it("is strict for a closed schema, in the shape of each API", async () => {
    await using server = await startRecordingServer(answer);
    const bodyOf = async (entry: Partial<ModelEntry>) => (await ask(server, entry, json(closed))).body;
    expect(await bodyOf({ provider: "openai-compatible", model: "llama" })).toMatchObject({
      response_format: { type: "json_schema", json_schema: { strict: true, schema: closed } },
    });
    expect(await bodyOf({ provider: "openai-responses", model: "gpt-4o-mini" })).toMatchObject({
      text: { format: { type: "json_schema", strict: true, schema: closed } },
    });
    expect(await bodyOf({ provider: "anthropic", model: "claude-sonnet-4-5" })).toMatchObject({
      output_config: { format: { type: "json_schema" } },
    });
    expect(await bodyOf({ provider: "google", model: "gemini-2.5-flash" })).toMatchObject({
      generationConfig: { responseMimeType: "application/json", responseJsonSchema: { properties: open.properties } },
    });
  });

  it("can be made strict by the entry's own options", async () => {
    await using server = await startRecordingServer(answer);
    const entry: Partial<ModelEntry> = { provider: "openai-compatible", model: "llama" };
    const options = { ...json(open), providerOptions: { openaiCompatible: { strictJsonSchema: true } } };
    const { body } = await ask(server, entry, options);
    expect(body).toMatchObject({ response_format: { json_schema: { strict: true } } });
  });

  it("comes as text from an Anthropic model that answers by a tool", async () => {
    await using server = await startRecordingServer(() => ({
      body: {
        ...answers.messages,
        stop_reason: "tool_use",
        content: [{ type: "tool_use", id: "t1", name: "json", input: { a: "x" } }],
      },
    }));
    const { result, body } = await ask(server, { provider: "anthropic", model: "claude-3-haiku-20240307" }, json(open));
    expect(body.tools).toMatchObject([{ name: "json" }]);
    expect(result.content).toMatchObject([{ type: "text", text: '{"a":"x"}' }]);
    expect(result.finishReason.unified).toBe("stop");
  });
});

describe("sampling settings", () => {
  it("go into each API's own fields", async () => {
    await using server = await startRecordingServer(answer);
    const options = { stopSequences: ["END"], temperature: 0.5, topP: 0.9, seed: 7 };
    const bodyOf = async (entry: Partial<ModelEntry>) => (await ask(server, entry, options)).body;
    expect(await bodyOf({ provider: "openai-compatible", model: "llama" })).toMatchObject({
      max_tokens: 4000,
      stop: ["END"],
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
    });
    expect(await bodyOf({ provider: "anthropic", model: "claude-sonnet-4-5" })).toMatchObject({
      max_tokens: 4000,
      stop_sequences: ["END"],
      temperature: 0.5,
    });
    expect(await bodyOf({ provider: "google", model: "gemini-2.5-flash" })).toMatchObject({
      generationConfig: { maxOutputTokens: 4000, stopSequences: ["END"], temperature: 0.5, topP: 0.9, seed: 7 },
    });
    expect(await bodyOf({ provider: "@ai-sdk/mistral", model: "mistral-small-latest" })).toMatchObject({
      max_tokens: 4000,
      stop: ["END"],
      random_seed: 7,
    });
  });

  it("that a provider does not take are told as warnings", async () => {
    await using server = await startRecordingServer(answer);
    const warned = async (entry: Partial<ModelEntry>) => {
      const { result } = await ask(server, entry, { seed: 7, stopSequences: ["END"] });
      return result.warnings.map((warning) => ("feature" in warning ? warning.feature : warning.type));
    };
    expect(await warned({ provider: "anthropic", model: "claude-sonnet-4-5" })).toEqual(["seed"]);
    expect(await warned({ provider: "openai-responses", model: "gpt-4o-mini" })).toEqual(["seed", "stopSequences"]);
  });

  it("ask a reasoning model for an effort, within the answer's tokens", async () => {
    await using server = await startRecordingServer(answer);
    const bodyOf = async (entry: Partial<ModelEntry>) => (await ask(server, entry, { reasoning: "high" })).body;
    expect(await bodyOf({ provider: "openai-compatible", model: "llama" })).toMatchObject({ reasoning_effort: "high" });
    expect(await bodyOf({ provider: "openai-responses", model: "gpt-5-mini" })).toMatchObject({
      reasoning: { effort: "high" },
      max_output_tokens: 4000,
    });
    expect(await bodyOf({ provider: "anthropic", model: "claude-sonnet-4-5" })).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 3000 },
      max_tokens: 4000,
    });
    expect(await bodyOf({ provider: "anthropic", model: "claude-opus-4-6" })).toMatchObject({
      thinking: { type: "adaptive" },
      output_config: { effort: "high" },
      max_tokens: 4000,
    });
    const { generationConfig } = (await bodyOf({ provider: "google", model: "gemini-2.5-flash" })) as {
      generationConfig: { thinkingConfig: { thinkingBudget: number } };
    };
    expect(generationConfig.thinkingConfig.thinkingBudget).toBeGreaterThan(0);
  });

  it("go to OpenAI's reasoning models as max_completion_tokens and without a temperature", async () => {
    const bodies: Record<string, unknown>[] = [];
    const { loadProvider } = await import("./load-provider.ts");
    const makeModel = await loadProvider({
      parsed: {
        kind: "remote",
        protocol: "openai",
        packageName: null,
        modelId: "gpt-5-mini",
        baseUrl: "https://api.openai.com/v1",
        keyEnv: "OPENAI_API_KEY",
        entry: undefined,
      },
      apiKey: "key-12345678",
      headers: {},
      projectDir: ".",
    });
    const fetch = (async (_url: string, init: { body: string }) => {
      bodies.push(JSON.parse(init.body));
      return Response.json(answers.chat);
    }) as unknown as typeof globalThis.fetch;
    const { warnings } = await makeModel(fetch).doGenerate({
      prompt: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
      maxOutputTokens: 4000,
      temperature: 0.5,
      reasoning: "low",
    });
    expect(bodies[0]).toMatchObject({ max_completion_tokens: 4000, reasoning_effort: "low" });
    expect(bodies[0]).not.toHaveProperty("temperature");
    expect(bodies[0]).not.toHaveProperty("max_tokens");
    expect(warnings).toMatchObject([{ feature: "temperature" }]);
  });
});

describe("an openai-compatible server", () => {
  it("is given further fields of its entry's provider options", async () => {
    await using server = await startRecordingServer(answer);
    const extra = { openaiCompatible: { chat_template_kwargs: { enable_thinking: false } } };
    const { body } = await ask(server, { model: "qwen" }, { providerOptions: extra });
    expect(body).toMatchObject({ chat_template_kwargs: { enable_thinking: false } });
  });

  it("that leaves reasoning out of the completion's tokens is charged by the total", async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 140 };
    await using server = await startRecordingServer(() => ({ body: { ...answers.chat, usage } }));
    const { result } = await ask(server, { model: "grok" }, {});
    expect(result.usage.outputTokens.total).toBe(40);
  });

  it("that tells no usage leaves it unknown", async () => {
    await using server = await startRecordingServer(() => ({ body: { ...answers.chat, usage: undefined } }));
    const { usage } = (await ask(server, { model: "llama" }, {})).result;
    expect([usage.inputTokens.total, usage.outputTokens.total]).toEqual([undefined, undefined]);
  });
});

it("prices what Anthropic reads from and writes to its cache", async () => {
  await using server = await startRecordingServer(answer);
  const { usage } = (await ask(server, { provider: "anthropic", model: "claude-sonnet-4-5" }, {})).result;
  const { publishedFacts } = await import("./published-facts.ts");
  const place = { baseUrl: "https://api.anthropic.com/v1", packageName: null };
  const { price } = await publishedFacts("claude-sonnet-4-5", place);
  const cost = costOf(price ?? { inputUsdPerMillion: 0, outputUsdPerMillion: 0 }, {
    promptTokens: usage.inputTokens.total ?? 0,
    cachedPromptTokens: usage.inputTokens.cacheRead ?? 0,
    cacheWriteTokens: usage.inputTokens.cacheWrite ?? 0,
    completionTokens: usage.outputTokens.total ?? 0,
  });
  expect(cost * 1e6).toBeCloseTo(30 * 3 + 60 * 0.3 + 10 * 3.75 + 40 * 15, 6);
});
