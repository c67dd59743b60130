import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startFakeProvider } from "../fake-provider/index.ts";
import { createTestProject, type TestProject } from "../support/project.ts";
import { promptLines, serverAt, teacherRows } from "./server-as-teacher.ts";

const few = { promptLines: promptLines(5) };

/** Texts with which a file under a folder holds one of them, the binary ones too. */
async function filesHolding(dir: string, secret: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const holding = await Promise.all(paths.map(async (path) => ((await readFile(path)).includes(secret) ? [path] : [])));
  return holding.flat();
}

async function lineOf(project: TestProject, file: string, text: string): Promise<number> {
  return (await project.read(file)).split("\n").findIndex((line) => line.includes(text)) + 1;
}

describe("without a key", () => {
  test("the offline teacher is used, and the variable and the reason are said", async () => {
    await using project = await createTestProject({ prompts: 5 });
    const run = await project.nexa(["generate", "--budget", "1"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/nexa:bench-science/);
    expect(run.stderr).toMatch(/OPENAI_API_KEY is not set/);
  });

  test("and without an offline teacher it is exit 2, with the variable and the configuration's line", async () => {
    await using project = await createTestProject(few);
    const run = await project.nexa(["generate", "--budget", "1", "--set", "teacher.offline=null"]);
    expect(run.exitCode, run.stderr).toBe(2);
    expect(run.stderr).toContain("OPENAI_API_KEY");
    const config = "nexa_distill/configs/distill_config.yaml";
    expect(run.stderr).toContain(`${config}:${await lineOf(project, config, "model: gpt-4o-mini")}`);
  });
});

describe.concurrent("a server that refuses every call", () => {
  test("with 401 ends the run at the first one with exit 3, and names the key's variable but not the key", async () => {
    await using provider = await startFakeProvider({ apiKey: "right", latencyMs: 20 });
    await using project = await createTestProject({ promptLines: promptLines(200) });
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl, { api_key_env: "MY_KEY" })], {
      MY_KEY: "wrong-secret",
    });
    expect(run.exitCode, run.stderr).toBe(3);
    expect(run.stderr).toContain("MY_KEY");
    expect(run.stderr).not.toContain("wrong-secret");
    expect(provider.requests).toBe(1);
  });

  test("with an unknown model ends the run with exit 3, and names the nearest ones that there are", async () => {
    await using provider = await startFakeProvider({
      models: ["text-embedding-3-small", "gpt-4o", "gpt-4o-mini", "gpt-4.1-mini", "dall-e-3"],
    });
    await using project = await createTestProject(few);
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl, { model: "gpt4o-mini" })]);
    expect(run.exitCode, run.stderr).toBe(3);
    expect(run.stderr).toContain("gpt4o-mini");
    expect(run.stderr).toMatch(/gpt-4o-mini/);
    expect(run.stderr).not.toContain("dall-e");
    expect(provider.requests).toBe(1);
  });

  test("with insufficient_quota ends the run at the first one with exit 3", async () => {
    await using provider = await startFakeProvider({ faults: { insufficient_quota: 1 } });
    await using project = await createTestProject({ promptLines: promptLines(50) });
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl)]);
    expect(run.exitCode, run.stderr).toBe(3);
    expect(run.stderr).toMatch(/quota/);
    expect(provider.requests).toBe(1);
  });

  test("with a web page ends the run with exit 3, says so, and names the address", async () => {
    await using provider = await startFakeProvider({ faults: { html: 1 } });
    await using project = await createTestProject(few);
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl)]);
    expect(run.exitCode, run.stderr).toBe(3);
    expect(run.stderr).toContain("web page");
    expect(run.stderr).toContain("base_url");
    expect(run.stderr).toContain(new URL(provider.baseUrl).host);
  });

  test("by ending every connection ends the run with exit 3 and the last error, after few tries", async () => {
    await using provider = await startFakeProvider({ faults: { reset: 1 } });
    await using project = await createTestProject({ promptLines: promptLines(100) });
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl)]);
    expect(run.exitCode, run.stderr).toBe(3);
    expect(run.stderr).toMatch(/ECONNRESET|other side closed|connection/i);
    expect(provider.requests).toBeLessThan(100);
  });

  test("that is not there ends the run with exit 3 and its address", async () => {
    const provider = await startFakeProvider();
    await provider.close();
    await using project = await createTestProject(few);
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl)]);
    expect(run.exitCode, run.stderr).toBe(3);
    expect(run.stderr).toContain(new URL(provider.baseUrl).host);
  });
});

describe("a server that refuses and fails some calls", () => {
  test("by its limits alone is asked at its rate: every prompt is answered, and few calls are refused", async () => {
    await using provider = await startFakeProvider({ latencyMs: 10, limits: { requestsPerMinute: 3_000 } });
    await using project = await createTestProject({ promptLines: promptLines(250) });
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl)]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await teacherRows(project)).toMatchObject({ answers: 250, failed: 0 });
    expect(provider.bill.billedTwice).toEqual([]);
    // The first ones, until a header has told the limit.
    expect(provider.statuses.get(429) ?? 0).toBeLessThan(25);
  });

  test("in a storm of 429 for a second goes on afterwards, and loses nothing", async () => {
    let endsAt: number | null = null;
    await using provider = await startFakeProvider({
      latencyMs: 10,
      reply(_, { index }) {
        if (index === 10) endsAt = Date.now() + 1_000;
        const isStorm = endsAt !== null && Date.now() < endsAt;
        return isStorm
          ? { kind: "error", error: "rate_limited", retryAfterMs: 300 }
          : { kind: "answer", text: "Well." };
      },
    });
    await using project = await createTestProject({ promptLines: promptLines(60) });
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl)]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await teacherRows(project)).toMatchObject({ answers: 60, failed: 0 });
    expect(provider.statuses.get(429) ?? 0).toBeGreaterThan(0);
    expect(provider.statuses.get(429) ?? 0).toBeLessThan(40);
  });

  test("in every way that may pass loses no row, and has billed no answer twice that came whole", async () => {
    await using provider = await startFakeProvider({
      latencyMs: 5,
      faults: { error_500: 0.05, error_503: 0.02, reset: 0.03, cut: 0.02, malformed: 0.02 },
    });
    await using project = await createTestProject({ promptLines: promptLines(200) });
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl)]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await teacherRows(project)).toMatchObject({ answers: 200, failed: 0 });
    expect([...provider.bill.entries.values()].filter(({ received }) => received > 1)).toEqual([]);
  });

  test("for good leaves the refused prompts as rows with their reason, and the rest as answers", async () => {
    await using provider = await startFakeProvider({
      contextTokens: 2_000,
      reply: (_, { prompt }) =>
        prompt === "Question 3?" ? { kind: "error", error: "content_filter" } : { kind: "answer", text: "Well." },
    });
    const long = JSON.stringify({ id: "long", prompt: "What of this? ".repeat(1_000) });
    await using project = await createTestProject({ promptLines: [...promptLines(39), long] });
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl)]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await teacherRows(project)).toMatchObject({ answers: 38, failed: 2 });
    expect(run.stderr).toContain("content_filter");
  });

  test("keeps the key out of all that is written and said", async () => {
    const secret = "sk-planted-4f1c9a7e2b";
    await using provider = await startFakeProvider({
      apiKey: secret,
      reply: (_, { prompt }) =>
        prompt === "Question 1?"
          ? { kind: "error", error: "bad_request", message: `You sent Bearer ${secret}` }
          : { kind: "answer", text: "Well." },
    });
    await using project = await createTestProject({ promptLines: promptLines(20) });
    const run = await project.nexa(["generate", ...serverAt(provider.baseUrl, { api_key_env: "MY_KEY" })], {
      MY_KEY: secret,
    });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await teacherRows(project)).toMatchObject({ answers: 19, failed: 1 });
    expect(`${run.stdout}${run.stderr}`).not.toContain(secret);
    expect(await filesHolding(project.dir, secret)).toEqual([]);
  });
});
