import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI, { toFile } from "openai";
import { describe, expect, it } from "vitest";
import { startRecordingServer } from "../../test/fixtures/recording-server.ts";
import { createHttpFetch, createSdkFetch } from "./http-fetch.ts";

const secret = "sk-planted-12345678";

function fetchFor(baseUrl: string) {
  return createSdkFetch({ baseUrl, env: {}, secrets: [secret] });
}

describe("the fetch for files", () => {
  it("carries the form of OpenAI's own SDK, file and all", async () => {
    await using server = await startRecordingServer(() => ({ body: { id: "file-1", object: "file" } }));
    const baseURL = `${server.origin}/v1`;
    const client = new OpenAI({ apiKey: secret, baseURL, fetch: fetchFor(baseURL), maxRetries: 0 });
    const content = `{"custom_id":"é"}\n`.repeat(1000);
    const { id } = await client.files.create({
      file: await toFile(Buffer.from(content), "in.jsonl"),
      purpose: "batch",
    });
    expect(id).toBe("file-1");
    const sent = server.requests[0];
    const form = await new Response(new Uint8Array(sent?.bytes ?? []), {
      headers: { "content-type": sent?.headers["content-type"] ?? "" },
    }).formData();
    expect(form.get("purpose")).toBe("batch");
    expect(await (form.get("file") as File).text()).toBe(content);
    expect(sent?.headers).toMatchObject({
      authorization: `Bearer ${secret}`,
      "content-length": String(sent?.bytes.length),
    });
  });

  it.each([
    ["a text", () => "héllo"],
    ["bytes", () => new TextEncoder().encode("héllo")],
    ["a blob", () => new Blob(["héllo"])],
    ["a stream", () => new Blob(["héllo"]).stream()],
  ])("sends %s", async (_what, body) => {
    await using server = await startRecordingServer(() => ({}));
    await fetchFor(server.origin)(`${server.origin}/x`, { method: "PUT", body: body(), headers: { "x-a": "1" } });
    expect(server.requests[0]).toMatchObject({ method: "PUT", headers: { "x-a": "1" } });
    expect(server.requests[0]?.bytes.toString()).toBe("héllo");
  });

  it("hands out a body as it comes, not when it is whole", async () => {
    let end = (): void => undefined;
    const server = createServer((_incoming, response) => {
      response.write("first ");
      end = () => response.end("last");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const response = await fetchFor(origin)(origin);
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("first ");
    end();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("last");
    server.closeAllConnections();
    server.close();
  });

  it("ends with the caller's signal", async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(fetchFor(origin)(origin, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    server.closeAllConnections();
    server.close();
  });

  it("follows no redirect, shows no secret of a refusal, and takes an answer without a body", async () => {
    const replies = [
      { status: 302, headers: { location: `http://elsewhere.test/?k=${secret}` }, body: "" },
      { status: 401, body: { error: { message: `bad key ${secret}` } } },
      { status: 204, body: "" },
    ];
    await using server = await startRecordingServer(() => replies.shift() ?? {});
    const fetch = fetchFor(server.origin);
    const redirect = await fetch(server.origin);
    expect([redirect.status, redirect.headers.get("location")]).toEqual([302, "http://elsewhere.test/?k=[key]"]);
    expect(await (await fetch(server.origin)).json()).toEqual({ error: { message: "bad key [key]" } });
    const empty = await fetch(server.origin, { method: "DELETE" });
    expect([empty.status, await empty.text()]).toEqual([204, ""]);
    expect(server.requests).toHaveLength(3);
  });
});

it("the fetch for calls takes a body that ends early for a broken connection, not for an answer", async () => {
  const server = createServer((_incoming, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("{");
    setTimeout(() => response.destroy(), 5);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fetch = createHttpFetch({ baseUrl: origin, env: {}, secrets: [] });
  await expect(fetch(origin, { method: "POST", body: "{}", headers: {} })).rejects.toMatchObject({
    code: "UND_ERR_SOCKET",
  });
  server.close();
});
