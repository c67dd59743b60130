import { describe, expect, test } from "vitest";
import { startFakeProvider } from "../fixtures/fake-provider.ts";
import { createTestProject, type TestProject } from "../support/project.ts";

const own = [
  "What is love?",
  "Name three solvents.",
  "Why is the sky blue?",
  "How do I measure pH?",
  "Define molarity.",
];
const promptLines = own.map((prompt, index) => JSON.stringify({ id: `own-${index}`, prompt }));

/** A server on loopback as the teacher: it costs nothing, and needs neither key nor budget. */
function serverAt(url: string, more: Record<string, unknown> = {}): string[] {
  return [
    "--set",
    `models.local=${JSON.stringify({ base_url: url, model: "fake", price: 0, ...more })}`,
    "--set",
    "teacher.model=local",
  ];
}

async function teacherRows(project: TestProject): Promise<{ answers: number; failed: number }> {
  const path = "data/processed/distillation/teacher_outputs/teacher_outputs_v1.parquet.manifest.json";
  return (await project.json<{ counts: { answers: number; failed: number } }>(path)).counts;
}

describe("nexa generate with an OpenAI-compatible server", () => {
  test("asks each prompt once, and nothing again when the rows are made anew", async () => {
    await using provider = await startFakeProvider();
    await using project = await createTestProject({ promptLines });
    const args = ["generate", ...serverAt(provider.baseUrl)];
    const first = await project.nexa(args);
    expect(first.exitCode, first.stderr).toBe(0);
    expect(await teacherRows(project)).toMatchObject({ answers: 5, failed: 0 });
    expect(provider.requests).toBe(5);
    const again = await project.nexa([...args, "--set", "samples_per_prompt=2"]);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(provider.requests).toBe(10);
  });

  test("is killed with SIGKILL in the middle, and buys nothing twice afterwards", async () => {
    await using provider = await startFakeProvider({ latencyMs: 40 });
    const many = Array.from({ length: 300 }, (_, index) =>
      JSON.stringify({ id: `p-${index}`, prompt: `Question ${index}?` }),
    );
    await using project = await createTestProject({ promptLines: many });
    const args = ["generate", ...serverAt(provider.baseUrl), "--set", "max_concurrency=8"];
    const child = project.start(args);
    while (provider.requests < 100) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGKILL");
    const last = await project.nexa(args);
    expect(last.exitCode, last.stderr).toBe(0);
    expect(await teacherRows(project)).toMatchObject({ answers: 300, failed: 0 });
    // What was in flight at the kill, and the answers of one group commit, are all that can be asked again.
    expect(provider.requests).toBeLessThanOrEqual(300 + 16);
  });

  test("ends at the first 401 with exit 3, and names the key's variable", async () => {
    await using provider = await startFakeProvider({ apiKey: "right", latencyMs: 20 });
    await using project = await createTestProject({ promptLines });
    const run = await project.nexa(
      ["generate", ...serverAt(provider.baseUrl, { api_key_env: "MY_KEY" }), "--set", "batch_size=1"],
      { MY_KEY: "wrong-secret" },
    );
    expect(run.exitCode, run.stderr).toBe(3);
    expect(run.stderr).toContain("MY_KEY");
    expect(run.stderr).not.toContain("wrong-secret");
    expect(provider.requests).toBe(1);
  });

  test("ends with exit 3 when the server cannot be reached", async () => {
    const provider = await startFakeProvider();
    const { baseUrl: url } = provider;
    await provider[Symbol.asyncDispose]();
    await using project = await createTestProject({ promptLines });
    const run = await project.nexa(["generate", ...serverAt(url)]);
    expect(run.exitCode, run.stderr).toBe(3);
    expect(run.stderr).toContain(new URL(url).host);
  });

  test("stops before the call that could pass the budget, with exit 5, and goes on with a larger one", async () => {
    await using provider = await startFakeProvider();
    await using project = await createTestProject({ promptLines });
    const priced = serverAt(provider.baseUrl, { price: { input_usd_per_million: 0, output_usd_per_million: 1000 } });
    // 512 tokens at most an answer: each call reserves $0.512, and settles with the cents that it took.
    const args = ["generate", ...priced, "--set", "batch_size=1", "--set", "max_concurrency=1"];
    const poor = await project.nexa([...args, "--budget", "0.53"]);
    expect(poor.exitCode, poor.stderr).toBe(5);
    expect(poor.stderr).toContain("$0.53");
    const asked = provider.requests;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(5);
    const rich = await project.nexa([...args, "--budget", "10"]);
    expect(rich.exitCode, rich.stderr).toBe(0);
    expect(provider.requests).toBe(5);
  });
});
