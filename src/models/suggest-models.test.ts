import { describe, expect, it } from "vitest";
import { type CannedReply, startRecordingServer } from "../../test/fixtures/recording-server.ts";
import type { ModelEntry } from "../config/index.ts";
import { chooseModel } from "./choose-model.ts";
import { nearestNames } from "./nearest-names.ts";
import { resolveModel } from "./resolve-model.ts";
import { adviseNotFound, suggestModels } from "./suggest-models.ts";

const { signal } = new AbortController();

const lists = {
  openai: {
    object: "list",
    data: [{ id: "llama-3.1-8b" }, { id: "llama-3.1-70b" }, { id: "qwen3-4b" }, { id: "gpt-oss-20b" }],
  },
  anthropic: {
    data: [
      { type: "model", id: "claude-sonnet-4-5" },
      { type: "model", id: "claude-haiku-4-5" },
    ],
  },
  google: { models: [{ name: "models/gemini-2.5-flash" }, { name: "models/gemini-2.5-pro" }] },
};

async function modelAt(baseUrl: string, entry: Partial<ModelEntry>) {
  const mine = { base_url: baseUrl, api_key_env: "K", ...entry } as ModelEntry;
  return resolveModel("mine", { models: { mine }, env: { K: "key-12345678" } });
}

describe("the nearest names", () => {
  it("are those that the server lists, asked in its own way", async () => {
    await using server = await startRecordingServer(({ headers, url }) => ({
      body: headers["x-api-key"] ? lists.anthropic : url.startsWith("/v1beta") ? lists.google : lists.openai,
    }));
    const llama = await modelAt(`${server.origin}/v1`, { model: "lama-3.1-8b" });
    expect(await suggestModels(llama, signal)).toEqual(["llama-3.1-8b", "llama-3.1-70b", expect.any(String)]);
    const claude = await modelAt(`${server.origin}/v1`, { provider: "anthropic", model: "claude-sonet-4.5" });
    expect((await suggestModels(claude, signal))[0]).toBe("claude-sonnet-4-5");
    const gemini = await modelAt(`${server.origin}/v1beta`, { provider: "google", model: "gemini-flash" });
    expect((await suggestModels(gemini, signal))[0]).toBe("gemini-2.5-flash");
    expect(
      server.requests.map(({ url, headers }) => [
        url,
        headers.authorization ?? headers["x-api-key"] ?? headers["x-goog-api-key"],
      ]),
    ).toEqual([
      ["/v1/models", "Bearer key-12345678"],
      ["/v1/models?limit=1000", "key-12345678"],
      ["/v1beta/models?pageSize=1000", "key-12345678"],
    ]);
    expect(await adviseNotFound(claude, signal)).toBe(
      "The nearest names that the server has: `claude-sonnet-4-5`, `claude-haiku-4-5`.",
    );
  });

  it("are none where the server does not list them", async () => {
    const replies: CannedReply[] = [{ status: 404 }, { body: "<html>" }, { body: { data: [] } }];
    await using server = await startRecordingServer(() => replies.shift() ?? { status: 500 });
    const model = await modelAt(`${server.origin}/v1`, { model: "llama" });
    for (let index = 0; index < 4; index++) expect(await suggestModels(model, signal)).toEqual([]);
    const local = await resolveModel("nexa:bench-science", { models: {}, env: {} });
    expect(await suggestModels(local, signal)).toEqual([]);
  });

  it("hold a part of the name, or are a few letters away", () => {
    const names = ["openai/gpt-4o", "meta/llama-3.1-8b-instruct", "mistral-small"];
    expect(nearestNames("llama-3.1-8b", names, 1)).toEqual(["meta/llama-3.1-8b-instruct"]);
    expect(nearestNames("Mistral-Smal", names, 1)).toEqual(["mistral-small"]);
    expect(nearestNames("x", [])).toEqual([]);
  });
});

describe("an address where nothing is found", () => {
  it.each(["", "/v1/chat/completions", "/v2"])("such as ORIGIN%s is mended by asking the server", async (path) => {
    await using server = await startRecordingServer(({ url }) =>
      url === "/v1/models" ? { body: lists.openai } : { status: 404, body: "<!doctype html>" },
    );
    const model = await modelAt(`${server.origin}${path}`, { model: "llama" });
    expect(await adviseNotFound(model, signal)).toContain(`${server.origin}/v1`);
  });

  it("is left to the user where the server knows of no models", async () => {
    await using server = await startRecordingServer(() => ({ status: 404 }));
    const model = await modelAt(`${server.origin}/v1`, { model: "llama" });
    expect(await adviseNotFound(model, signal)).toContain("Check the model's name");
  });
});

it("a model of OpenAI's without a known price is refused with the names nearest to it", async () => {
  const choice = chooseModel({
    role: "teacher",
    model: "gpt-4o-minni",
    offline: null,
    budgetUsd: 5,
    models: {},
    env: { OPENAI_API_KEY: "key-12345678" },
  });
  await expect(choice).rejects.toMatchObject({
    exitCode: 2,
    code: "unknown_price",
    hint: expect.stringContaining("gpt-4o-mini"),
  });
});
