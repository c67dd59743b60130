import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import type { Experimental_BatchV4, LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { describe, expect, test } from "vitest";
import { type FakeProvider, type FakeProviderOptions, startFakeProvider } from "./index.ts";

interface Client {
  readonly model: (id: string) => LanguageModelV4;
  readonly batch: () => Experimental_BatchV4;
}

const clients: Readonly<Record<string, (provider: FakeProvider, apiKey: string) => Client>> = {
  anthropic(provider, apiKey) {
    const anthropic = createAnthropic({ baseURL: provider.baseUrl, apiKey });
    return { model: (id) => anthropic(id), batch: () => anthropic.experimental_batch() };
  },
  google(provider, apiKey) {
    const google = createGoogle({ baseURL: provider.googleBaseUrl, apiKey });
    return { model: (id) => google(id), batch: () => google.experimental_batch() };
  },
};

interface Started extends Client, AsyncDisposable {
  readonly provider: FakeProvider;
}

async function start(name: string, options: FakeProviderOptions = {}): Promise<Started> {
  const provider = await startFakeProvider({ apiKey: "right", ...options });
  const client = clients[name]?.(provider, "right");
  if (client === undefined) throw new Error(`No client for ${name}`);
  return { ...client, provider, [Symbol.asyncDispose]: () => provider.close() };
}

function asking(text: string, more: Partial<LanguageModelV4CallOptions> = {}): LanguageModelV4CallOptions {
  const system = { role: "system" as const, content: "Be short." };
  return { prompt: [system, { role: "user", content: [{ type: "text", text }] }], maxOutputTokens: 100, ...more };
}

async function resultsOf(batch: Experimental_BatchV4, batchId: string) {
  const results: { id: string; status: string; text: string }[] = [];
  for await (const item of await batch.doGetBatchResults({ batchId })) {
    const content = item.status === "succeeded" && "content" in item.result ? item.result.content : [];
    const text = content.map((part) => ("text" in part ? part.text : "")).join("");
    results.push({ id: item.id, status: item.status, text });
  }
  return results;
}

function requestsFor(ids: readonly string[], modelId = "some-model") {
  return ids.map((id) => ({ type: "text" as const, id, modelId, options: asking(`Question ${id}`) }));
}

describe.each(["anthropic", "google"])("%s's API by the AI SDK", (name) => {
  test("answers, ends at a stop, and keeps the reasoning apart", async () => {
    await using started = await start(name, {
      reply: ({ messages, stop }) => ({
        kind: "answer",
        text: `${messages.length} messages, stop ${stop}`,
        reasoning: "Hm.",
        usage: { prompt_tokens: 100, cached_tokens: 60, completion_tokens: 7 },
      }),
    });
    const { content, usage, finishReason } = await started
      .model("some-model")
      .doGenerate(asking("What is pH?", { stopSequences: ["END"] }));
    expect(content.map((part) => ("text" in part ? [part.type, part.text] : []))).toEqual([
      ["reasoning", "Hm."],
      ["text", "2 messages, stop END"],
    ]);
    expect(usage.inputTokens).toMatchObject({ total: 100, cacheRead: 60 });
    expect(usage.outputTokens.total).toBe(7);
    expect(finishReason.unified).toBe("stop");
  });

  test("refuses a wrong key, an unknown model, and an overload with its own status", async () => {
    await using started = await start(name, {
      models: ["some-model"],
      reply: () => ({ kind: "error", error: "overloaded" }),
    });
    const wrong = clients[name]?.(started.provider, "wrong");
    const status = async (model: LanguageModelV4 | undefined) =>
      model?.doGenerate(asking("Hm?")).then(
        () => 200,
        (error: { statusCode: number }) => error.statusCode,
      );
    expect([
      await status(wrong?.model("some-model")),
      await status(started.model("other-model")),
      await status(started.model("some-model")),
    ]).toEqual(name === "anthropic" ? [401, 404, 529] : [400, 404, 503]);
  });

  test("runs a batch from its start to its results", async () => {
    await using started = await start(name, {
      batchMs: Number.POSITIVE_INFINITY,
      reply: (_, { prompt }) =>
        prompt === "Question b" ? { kind: "error", error: "server_error" } : { kind: "answer", text: `To ${prompt}` },
    });
    const batch = started.batch();
    const { batchId } = await batch.doStartBatch({ requests: requestsFor(["a", "b"]) });
    const statuses: string[] = [];
    for (let step = 0; step < 3; step++) {
      statuses.push((await batch.doGetBatchStatus({ batchId })).status);
      started.provider.advance();
    }
    expect(statuses).toEqual(["pending", "pending", "pending"]);
    const ended = await batch.doGetBatchStatus({ batchId });
    expect(ended).toMatchObject({ status: "completed", requestCounts: { total: 2, completed: 1, failed: 1 } });
    expect(await resultsOf(batch, batchId)).toEqual([
      { id: "a", status: "succeeded", text: "To Question a" },
      { id: "b", status: "failed", text: "" },
    ]);
    expect(started.provider.bill.billed).toBe(1);
  });

  test("keeps what a cancelled batch has", async () => {
    await using started = await start(name, { batchMs: Number.POSITIVE_INFINITY });
    const batch = started.batch();
    const { batchId } = await batch.doStartBatch({ requests: requestsFor(["a", "b", "c", "d"]) });
    started.provider.advance();
    await batch.doCancelBatch?.({ batchId });
    await batch.doGetBatchStatus({ batchId });
    const statuses = (await resultsOf(batch, batchId)).map(({ id, status }) => [id, status]);
    expect(statuses).toEqual([
      ["a", "succeeded"],
      ["b", "succeeded"],
      ["c", "cancelled"],
      ["d", "cancelled"],
    ]);
  });

  test("lists batches by pages, the newest first", async () => {
    await using started = await start(name);
    const batch = started.batch();
    const ids: string[] = [];
    for (const id of ["a", "b", "c"]) {
      ids.unshift((await batch.doStartBatch({ requests: requestsFor([id]) })).batchId);
    }
    const first = await batch.doListBatches?.({ limit: 2 });
    const cursor = first?.nextCursor ?? "";
    const second = await batch.doListBatches?.({ limit: 2, cursor });
    expect([...(first?.batches ?? []), ...(second?.batches ?? [])].map(({ batchId }) => batchId)).toEqual(ids);
  });
});

test("Google's large batches go by an uploaded file and come back by one", async () => {
  await using started = await start("google", { reply: () => ({ kind: "answer", text: "Yes." }) });
  const batch = started.batch();
  const long = asking("x".repeat(11_000_000));
  const requests = ["a", "b"].map((id) => ({ type: "text" as const, id, modelId: "gemini", options: long }));
  const { batchId } = await batch.doStartBatch({ requests });
  expect(started.provider.otherRequests).toContain("POST /upload/v1beta/files");
  expect(await resultsOf(batch, batchId)).toEqual([
    { id: "a", status: "succeeded", text: "Yes." },
    { id: "b", status: "succeeded", text: "Yes." },
  ]);
});

test("Anthropic's expired lines say so, and a batch with two equal ids is refused", async () => {
  await using started = await start("anthropic", { batchPlan: () => ({ doneShare: 0, end: "expired" }) });
  const batch = started.batch();
  const { batchId } = await batch.doStartBatch({ requests: requestsFor(["a"]) });
  expect(await resultsOf(batch, batchId)).toMatchObject([{ id: "a", status: "expired" }]);
  const params = { model: "m", max_tokens: 5, messages: [{ role: "user", content: "x" }] };
  const twice = await fetch(`${started.provider.baseUrl}/messages/batches`, {
    method: "POST",
    headers: { "x-api-key": "right", "anthropic-version": "2023-06-01" },
    body: JSON.stringify({
      requests: [
        { custom_id: "a", params },
        { custom_id: "a", params },
      ],
    }),
  });
  expect(twice.status).toBe(400);
  expect(await twice.json()).toMatchObject({ error: { type: "invalid_request_error" } });
});
