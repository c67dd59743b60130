import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createTestProject } from "../support/project.ts";

const key = "sk-plant/ed+key=0123456789";
const forms = [key, encodeURIComponent(key), Buffer.from(key).toString("base64"), key.slice(3)];

/** A server that quotes all that it was sent, in whatever it answers but the answers' texts. */
async function startQuotingServer(): Promise<AsyncDisposable & { baseUrl: string; requests: number }> {
  const counts = { requests: 0 };
  const server = createServer(async (request, response) => {
    const said = JSON.stringify(request.headers);
    const body = (await request.setEncoding("utf8").toArray()).join("");
    counts.requests++;
    expect(said).toContain(key);
    answer(response, { said, body, number: counts.requests });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    get requests() {
      return counts.requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  response: ServerResponse,
  { said, body, number }: { said: string; body: string; number: number },
): void {
  const { status = 200, type = "application/json", value } = replyTo(body, said);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  response.writeHead(status, { "content-type": type, "x-request-id": `${number} ${key}`, "x-seen": said }).end(text);
}

function replyTo(body: string, said: string): { status?: number; type?: string; value: unknown } {
  if (body.includes("refuse"))
    return { status: 400, value: { error: { message: `No: ${said}`, param: key, code: "bad" } } };
  if (body.includes("web page")) return { type: "text/html", value: `<html>${said}</html>` };
  if (body.includes("unauthorized"))
    return { status: 401, value: { error: { message: `Incorrect API key provided: ${key}` } } };
  const choices = [{ index: 0, message: { role: "assistant", content: "Twelve." }, finish_reason: "stop" }];
  const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7, seen: said };
  return { value: { id: key, model: key, created: 1, choices, usage } };
}

/** Files below a folder that hold one of the key's forms. */
function leaks(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      return forms.some((form) => bytes.includes(form));
    });
}

test("a key that a server quotes in headers, bodies and failures is in no file and no line of output", async () => {
  await using server = await startQuotingServer();
  const prompts = [
    "refuse this",
    "refuse that",
    "answer with a web page",
    ...Array.from({ length: 9 }, (_, i) => `Ask ${i}`),
  ];
  const promptLines = prompts.map((prompt, index) => JSON.stringify({ id: `p-${index}`, prompt }));
  await using project = await createTestProject({ promptLines });
  const models = { local: { base_url: server.baseUrl, model: "fake", price: 0, api_key_env: "ODD_NAME" } };
  const settings = [`models=${JSON.stringify(models)}`, "teacher.model=local", "max_retries=1", "max_failed_share=1"];
  const args = ["generate", ...settings.flatMap((setting) => ["--set", setting])];

  const run = await project.nexa(args, { ODD_NAME: key });
  expect(run.exitCode, run.stderr).toBe(0);
  using ledger = new DatabaseSync(project.path(".nexa/ledger.sqlite"), { readOnly: true });
  const count = (table: string) => ledger.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows;
  expect([count("calls"), count("failures")]).toEqual([9, 3]);
  // What the server said is kept, but for the key.
  const quoted = ledger.prepare(
    "SELECT error_message AS said FROM failures WHERE error_message LIKE '%authorization%'",
  );
  expect(quoted.all()).toHaveLength(2);

  const refused = await createTestProject({ promptLines: [JSON.stringify({ prompt: "unauthorized" })] });
  const stopped = await refused.nexa(args, { ODD_NAME: key });
  expect(stopped.exitCode, stopped.stderr).toBe(3);

  expect(leaks(project.dir)).toEqual([]);
  expect(leaks(refused.dir)).toEqual([]);
  await refused[Symbol.asyncDispose]();
  const said = [run, stopped].flatMap(({ stdout, stderr }) => [stdout, stderr]).join("\n");
  expect(forms.filter((form) => said.includes(form))).toEqual([]);
});
