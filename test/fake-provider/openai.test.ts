import OpenAI, { toFile } from "openai";
import { describe, expect, test } from "vitest";
import type { FakeProvider, FakeProviderOptions } from "./index.ts";
import { startFakeProvider } from "./index.ts";

interface Started extends AsyncDisposable {
  readonly provider: FakeProvider;
  readonly openai: OpenAI;
}

async function start(options: FakeProviderOptions = {}): Promise<Started> {
  const provider = await startFakeProvider({ apiKey: "sk-right", ...options });
  const openai = new OpenAI({ apiKey: "sk-right", baseURL: provider.baseUrl, maxRetries: 0 });
  return { provider, openai, [Symbol.asyncDispose]: () => provider.close() };
}

interface Line {
  readonly custom_id: string;
  readonly [key: string]: unknown;
}

function lineOf(customId: string, more: Record<string, unknown> = {}): Line {
  const body = { model: "gpt-4o-mini", messages: [{ role: "user", content: `Question ${customId}` }], max_tokens: 50 };
  return { custom_id: customId, method: "POST", url: "/v1/chat/completions", body, ...more };
}

async function submit(openai: OpenAI, lines: readonly (Line | string)[], metadata: Record<string, string> = {}) {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const file = await openai.files.create({
    purpose: "batch",
    file: await toFile(Buffer.from(`${text}\n`), "in.jsonl"),
  });
  const endpoint = "/v1/chat/completions";
  return openai.batches.create({ input_file_id: file.id, endpoint, completion_window: "24h", metadata });
}

async function linesOf(openai: OpenAI, fileId: string | undefined): Promise<Line[]> {
  if (fileId == null) return [];
  const text = await (await openai.files.content(fileId)).text();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

describe("the OpenAI SDK", () => {
  test("asks for a completion, for one that ends at a stop, and for JSON by a schema", async () => {
    await using started = await start();
    const { openai } = started;
    const messages = [{ role: "user" as const, content: "Say one. Say two." }];
    const plain = await openai.chat.completions.create({ model: "gpt-4o-mini", messages });
    expect(plain.choices[0]?.message.content).toBe("Answer to: Say one. Say two.");
    const stopped = await openai.chat.completions.create({ model: "gpt-4o-mini", messages, stop: ["Say two"] });
    expect(stopped.choices[0]?.message.content).toBe("Answer to: Say one. ");
    const short = await openai.chat.completions.create({ model: "gpt-4o-mini", messages, max_completion_tokens: 2 });
    expect(short.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "Answer t" } });
    const schema = {
      type: "object",
      properties: { unit: { type: "string", enum: ["mL", "L"] }, score: { type: "number", maximum: 1 } },
    };
    const structured = await openai.chat.completions.create({
      model: "gpt-4o-mini",
      messages,
      response_format: { type: "json_schema", json_schema: { name: "answer", schema } },
    });
    expect(JSON.parse(structured.choices[0]?.message.content ?? "")).toEqual({ unit: "mL", score: 1 });
  });

  test("asks for a response", async () => {
    await using started = await start();
    const response = await started.openai.responses.create({ model: "gpt-4o-mini", input: "What is pH?" });
    expect([response.output_text, response.status]).toEqual(["Answer to: What is pH?", "completed"]);
  });

  test("is refused with a wrong key and an unknown model, and lists the models", async () => {
    await using started = await start({ models: ["gpt-4o-mini"] });
    const { openai, provider } = started;
    const messages = [{ role: "user" as const, content: "Hm?" }];
    const wrong = new OpenAI({ apiKey: "sk-wrong", baseURL: provider.baseUrl, maxRetries: 0 });
    await expect(wrong.chat.completions.create({ model: "gpt-4o-mini", messages })).rejects.toMatchObject({
      status: 401,
      code: "invalid_api_key",
    });
    await expect(wrong.batches.list()).rejects.toMatchObject({ status: 401 });
    await expect(openai.chat.completions.create({ model: "gpt-5o", messages })).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
    });
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(["gpt-4o-mini"]);
  });
});

describe("OpenAI's batches", () => {
  test("go through their stages, and leave an output file and an error file", async () => {
    await using started = await start({
      batchMs: Number.POSITIVE_INFINITY,
      reply: (_, { prompt }) =>
        prompt === "Question b" ? { kind: "error", error: "content_filter" } : { kind: "answer", text: "Well." },
    });
    const { openai, provider } = started;
    const created = await submit(openai, [lineOf("a"), lineOf("b"), lineOf("c")], { intent_id: "i-1" });
    const stages = [created.status];
    for (let step = 0; step < 3; step++) {
      provider.advance();
      stages.push((await openai.batches.retrieve(created.id)).status);
    }
    expect(stages).toEqual(["validating", "in_progress", "finalizing", "completed"]);
    const ended = await openai.batches.retrieve(created.id);
    expect(ended.request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
    expect(ended.metadata).toEqual({ intent_id: "i-1" });
    const output = await linesOf(openai, ended.output_file_id);
    expect(output.map(({ custom_id }) => custom_id)).toEqual(["a", "c"]);
    expect(output[0]).toMatchObject({ response: { status_code: 200, body: { choices: [{ finish_reason: "stop" }] } } });
    expect(await linesOf(openai, ended.error_file_id)).toMatchObject([
      { custom_id: "b", response: { status_code: 400, body: { error: { code: "content_filter" } } } },
    ]);
    expect([provider.bill.billed, provider.requests]).toEqual([2, 0]);
    expect(provider.batches).toMatchObject([{ stage: "completed", customIds: ["a", "b", "c"], answered: 2 }]);
  });

  test("keep what is done when they expire or are cancelled", async () => {
    await using started = await start({
      batchMs: Number.POSITIVE_INFINITY,
      batchPlan: ({ index }) => (index === 0 ? { doneShare: 0.5, end: "expired" } : {}),
    });
    const { openai, provider } = started;
    const lines = ["a", "b", "c", "d"].map((id) => lineOf(id));
    const expiring = await submit(openai, lines);
    for (let step = 0; step < 3; step++) provider.advance();
    const expired = await openai.batches.retrieve(expiring.id);
    expect(expired.status).toBe("expired");
    expect((await linesOf(openai, expired.output_file_id)).map(({ custom_id }) => custom_id)).toEqual(["a", "b"]);
    expect(await linesOf(openai, expired.error_file_id)).toMatchObject([
      { custom_id: "c", response: null, error: { code: "batch_expired" } },
      { custom_id: "d" },
    ]);

    const cancelling = await submit(openai, lines);
    provider.advance();
    expect((await openai.batches.cancel(cancelling.id)).status).toBe("cancelling");
    const cancelled = await openai.batches.retrieve(cancelling.id);
    expect(cancelled.status).toBe("cancelled");
    expect(await linesOf(openai, cancelled.output_file_id)).toHaveLength(2);
    expect(await linesOf(openai, cancelled.error_file_id)).toMatchObject([
      { error: { code: "batch_cancelled" } },
      { error: { code: "batch_cancelled" } },
    ]);
    await expect(openai.batches.cancel(cancelling.id)).rejects.toMatchObject({ status: 409 });
  });

  test("fail with the lines that are wrong", async () => {
    await using started = await start({ enqueuedTokens: 200 });
    const { openai } = started;
    const failed = await submit(openai, [
      lineOf("a"),
      "{not json",
      lineOf("a"),
      lineOf("d", { url: "/v1/responses" }),
      lineOf("e", { body: { model: "other", messages: [{ role: "user", content: "x" }] } }),
    ]);
    const { status, errors } = await openai.batches.retrieve(failed.id);
    expect(status).toBe("failed");
    expect(errors?.data?.map(({ code, line }) => [code, line])).toEqual([
      ["invalid_json_line", 2],
      ["duplicate_custom_id", 3],
      ["url_mismatch", 4],
      ["model_mismatch", 2],
    ]);
    const large = await submit(
      openai,
      ["a", "b", "c", "d"].map((id) => lineOf(id)),
    );
    expect((await openai.batches.retrieve(large.id)).errors?.data?.[0]?.code).toBe("token_limit_exceeded");
  });

  test("are listed by pages, the newest first, and files can be deleted", async () => {
    await using started = await start();
    const { openai } = started;
    const ids: string[] = [];
    for (const id of ["a", "b", "c"]) ids.unshift((await submit(openai, [lineOf(id)])).id);
    const listed: string[] = [];
    for await (const { id } of openai.batches.list({ limit: 2 })) listed.push(id);
    expect(listed).toEqual(ids);
    const [file] = (await openai.files.list({ purpose: "batch" })).data;
    await openai.files.delete(file?.id ?? "");
    await expect(openai.files.retrieve(file?.id ?? "")).rejects.toMatchObject({ status: 404 });
  });

  test("exist although the answer to their creation was lost", async () => {
    await using started = await start({
      intercept: ({ method, path }) => (method === "POST" && path === "/v1/batches" ? { kind: "lost" } : null),
    });
    const { openai, provider } = started;
    await expect(submit(openai, [lineOf("a")], { intent_id: "i-1" })).rejects.toThrow();
    expect(provider.batches).toMatchObject([{ metadata: { intent_id: "i-1" } }]);
  });

  test("take the time that they are given", async () => {
    await using started = await start({ batchMs: 200 });
    const { openai } = started;
    const { id } = await submit(openai, [lineOf("a")]);
    expect((await openai.batches.retrieve(id)).status).not.toBe("completed");
    await expect.poll(async () => (await openai.batches.retrieve(id)).status).toBe("completed");
  });
});
