import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { type CannedReply, type RecordedRequest, startRecordingServer } from "../../test/fixtures/recording-server.ts";
import type { ModelEntry } from "../config/index.ts";
import { createRedactor } from "./redact.ts";
import { resolveModel } from "./resolve-model.ts";

const planted = "plant/ed+key=12345678";
const forms = [planted, encodeURIComponent(planted)];

/** What a careless server may do: quote all that it was sent. */
const quoting: Readonly<Record<string, (request: RecordedRequest) => CannedReply>> = {
  "a refusal": ({ headers }) => ({
    status: 403,
    headers: { "x-seen": JSON.stringify(headers) },
    body: { error: { message: `No: ${JSON.stringify(headers)}`, url: `?key=${encodeURIComponent(planted)}` } },
  }),
  "a web page at 200": ({ headers }) => ({ body: `<html>${JSON.stringify(headers)}</html>` }),
  "JSON that is no answer": ({ headers }) => ({ body: { seen: headers } }),
};

const providers: readonly Partial<ModelEntry>[] = [
  { provider: "openai-compatible" },
  { provider: "openai-responses" },
  { provider: "anthropic" },
  { provider: "google" },
  { provider: "@ai-sdk/mistral" },
];

const cases = providers.flatMap((entry) =>
  Object.keys(quoting).map((what) => ({ provider: entry.provider as string, entry, what })),
);

it.each(cases)("a key does not come back in $what from $provider", async ({ entry, what }) => {
  await using server = await startRecordingServer(quoting[what] as (request: RecordedRequest) => CannedReply);
  const mine = { model: "m", base_url: `${server.origin}/v1`, api_key_env: "ODD_NAME", ...entry } as ModelEntry;
  const model = await resolveModel("mine", { models: { mine }, env: { ODD_NAME: planted } });
  const call = model.languageModel.doGenerate({ prompt: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] });
  const error = await Promise.resolve(call).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(JSON.stringify(server.requests[0]?.headers)).toContain(planted);
  const all = inspect(error, { depth: 20, showHidden: true });
  expect(forms.filter((form) => all.includes(form))).toEqual([]);
});

describe("a secret in the headers of an entry", () => {
  const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hi" }] }];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the configuration
  const fromGate = "id ${GATE}";
  const modelWith = (headers: Record<string, string>, { origin }: { origin: string }, env: Record<string, string>) =>
    resolveModel("mine", { models: { mine: { model: "m", base_url: `${origin}/v1`, headers } as ModelEntry }, env });

  it("comes from the environment, and does not come back", async () => {
    await using server = await startRecordingServer(({ headers }) => ({ status: 400, body: { error: headers } }));
    const model = await modelWith({ "cf-access": fromGate }, server, { GATE: planted });
    const error = await Promise.resolve(model.languageModel.doGenerate({ prompt })).catch((thrown: unknown) => thrown);
    expect(server.requests[0]?.headers["cf-access"]).toBe(`id ${planted}`);
    expect(inspect(error, { depth: 20 })).not.toContain(planted);
    await expect(modelWith({ "cf-access": fromGate }, server, {})).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("GATE"),
    });
  });

  it("does not come back where only the header's name tells that it is one", async () => {
    await using server = await startRecordingServer(({ headers }) => ({ status: 400, body: { error: headers } }));
    const model = await modelWith({ "x-team-token": "team-12345678" }, server, {});
    const error = await Promise.resolve(model.languageModel.doGenerate({ prompt })).catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 20 })).not.toContain("team-12345678");
  });

  it("is refused where it is a key in the file, without being quoted", async () => {
    const server = { origin: "http://127.0.0.1:9" };
    for (const header of ["Authorization", "x-api-key"]) {
      const error = await modelWith({ [header]: planted }, server, {}).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ exitCode: 2, code: "key_in_file" });
      expect(inspect(error)).not.toContain(planted);
    }
  });
});

it.each(["sk-one\nsk-two-12345", "sk-ключ-12345678"])(
  "a key that no header can have is refused without being quoted",
  async (key) => {
    const error = await resolveModel("gpt-4o-mini", { models: {}, env: { OPENAI_API_KEY: key } }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining("OPENAI_API_KEY") });
    expect(inspect(error)).not.toContain(key.slice(3, 8));
  },
);

it("an address that is none is refused without being quoted, as a key may stand there", async () => {
  for (const [name, variable] of [
    ["gpt-4o-mini", "OPENAI_BASE_URL"],
    ["anthropic:claude", "ANTHROPIC_BASE_URL"],
    ["gpt-4o-mini", "HTTPS_PROXY"],
  ] as const) {
    const keys = { OPENAI_API_KEY: "k", ANTHROPIC_API_KEY: "k" };
    const error = await resolveModel(name, { models: {}, env: { ...keys, [variable]: planted } }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining(variable) });
    expect(inspect(error)).not.toContain(planted);
  }
});

it("leaves bytes as they are where there is nothing to take out, and short words alone", () => {
  const bytes = Buffer.from("none of it");
  expect(createRedactor([planted]).bytes(bytes)).toBe(bytes);
  expect(createRedactor(["none"]).text("none of it")).toBe("none of it");
});
