import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startRecordingServer } from "../../test/fixtures/recording-server.ts";
import type { ModelEntry } from "../config/index.ts";
import { resolveModel } from "./resolve-model.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "nexa-package-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Installs a package into the project's folder. */
function install(name: string, code: string, exports: unknown = { ".": { import: "./main.mjs" } }): void {
  const folder = join(dir, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "1.2.3", exports }));
  writeFileSync(join(folder, "main.mjs"), code);
}

/** A provider's code whose models speak a specification and ask by the fetch that they are given. */
function providerCode(specification: string): string {
  return `
    const model = (settings, modelId) => ({
      specificationVersion: ${JSON.stringify(specification)}, provider: "fake", modelId, supportedUrls: {},
      async doGenerate({ abortSignal }) {
        const response = await settings.fetch(settings.baseURL + "/say", {
          method: "POST", headers: { ...settings.headers, "x-secret-key": settings.apiKey, "x-region": settings.region }, signal: abortSignal, body: "{}",
        });
        return { content: [{ type: "text", text: await response.text() }], warnings: [] };
      },
    });
    export function createSomething() { return null; }
    export function createFakeModels(settings) { return { languageModel: (id) => model(settings, id) }; }
  `;
}

async function resolve(entry: Partial<ModelEntry>, env: Record<string, string> = {}) {
  return resolveModel("mine", { models: { mine: entry as ModelEntry }, env, dir });
}

const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hi" }] }];

describe("a provider package", () => {
  it("is the project's own, and given its settings, key, headers, address and our fetch", async () => {
    install("@acme/fake-models", providerCode("v4"));
    await using server = await startRecordingServer(() => ({ body: "said" }));
    const entry: Partial<ModelEntry> = {
      provider: "@acme/fake-models",
      model: "big",
      base_url: `${server.origin}/v9`,
      api_key_env: "FAKE_KEY",
      headers: { "x-team": "blue" },
      settings: { region: "north" },
      provider_options: { fake: { depth: 2 } },
    };
    const model = await resolve(entry, { FAKE_KEY: "key-12345678" });
    expect(model).toMatchObject({
      provider: "@acme/fake-models",
      origin: server.origin,
      modelId: "big",
      isFree: true,
      providerOptions: { fake: { depth: 2 } },
    });
    expect((await model.languageModel.doGenerate({ prompt })).content).toEqual([{ type: "text", text: "said" }]);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      url: "/v9/say",
      headers: { "x-secret-key": "key-12345678", "x-team": "blue", "x-region": "north" },
    });
  });

  it("of ours is used where the project has none, by an entry or by its name before a colon", async () => {
    const named = await resolve(
      { provider: "@ai-sdk/mistral", model: "mistral-small-latest", api_key_env: "K" },
      { K: "k" },
    );
    expect(named.languageModel).toMatchObject({ provider: "mistral.chat", modelId: "mistral-small-latest" });
    expect(named).toMatchObject({ provider: "@ai-sdk/mistral", origin: "package:@ai-sdk/mistral", isFree: false });
    expect(named.price).toMatchObject({ inputUsdPerMillion: expect.any(Number) });
    const models = { "@ai-sdk/mistral:open-mistral-7b": { api_key_env: "K" } as ModelEntry };
    const bare = await resolveModel("@ai-sdk/mistral:open-mistral-7b", { models, env: { K: "k" }, dir });
    expect(bare.modelId).toBe("open-mistral-7b");
  });

  it("that misses its own key says which variable it wants", async () => {
    await expect(resolve({ provider: "@ai-sdk/mistral", model: "m" })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("MISTRAL_API_KEY"),
      hint: expect.stringContaining("api_key_env"),
    });
  });

  it("at another address than its own does not send the key that it finds by itself", async () => {
    await using server = await startRecordingServer(() => ({ status: 401 }));
    process.env.MISTRAL_API_KEY = "key-of-mistral-1";
    try {
      const model = await resolve({ provider: "@ai-sdk/mistral", model: "m", base_url: `${server.origin}/v1` });
      await expect(model.languageModel.doGenerate({ prompt })).rejects.toMatchObject({ statusCode: 401 });
      expect(server.requests[0]?.headers.authorization).toBe("Bearer none");
    } finally {
      delete process.env.MISTRAL_API_KEY;
    }
  });

  it("that is not installed says how to install it", async () => {
    await expect(resolve({ provider: "@acme/nowhere", model: "m" })).rejects.toMatchObject({
      exitCode: 2,
      message: "The provider package @acme/nowhere is not installed",
      hint: expect.stringContaining("npm install @acme/nowhere"),
    });
  });

  it("of an older generation says so", async () => {
    install("old-models", providerCode("v2"), "./main.mjs");
    await expect(resolve({ provider: "old-models", model: "m", base_url: "http://127.0.0.1:9" })).rejects.toMatchObject(
      {
        exitCode: 2,
        message: expect.stringMatching(/old-models 1\.2\.3.*specification v2.*v4/),
        hint: expect.stringContaining("npm install old-models@latest"),
      },
    );
  });

  it.each([
    ["exports nothing that creates", "export const answer = 42;"],
    ["cannot be loaded", "import 'no-such-package-at-all';"],
    ["creates something else", "export const createOther = () => 'a text';"],
    ["makes no language models", "export const createOther = () => ({});"],
  ])("that %s is no provider", async (_why, code) => {
    install("odd", code);
    await expect(resolve({ provider: "odd", model: "m" })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("odd is not an AI SDK provider"),
    });
  });
});
