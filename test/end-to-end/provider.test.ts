import { describe, expect, test } from "vitest";
import { startFakeProvider } from "../fake-provider/index.ts";
import { createTestProject } from "../support/project.ts";
import { promptLines, serverAt, teacherRows } from "./server-as-teacher.ts";

const own = [
  "What is love?",
  "Name three solvents.",
  "Why is the sky blue?",
  "How do I measure pH?",
  "Define molarity.",
];
const ownLines = own.map((prompt, index) => JSON.stringify({ id: `own-${index}`, prompt }));

describe("nexa generate with an OpenAI-compatible server", () => {
  test("asks each prompt once, and nothing again when the rows are made anew", async () => {
    await using provider = await startFakeProvider();
    await using project = await createTestProject({ promptLines: ownLines });
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
    await using project = await createTestProject({ promptLines: promptLines(300) });
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

  test("stops before the call that could pass the budget, with exit 5, and goes on with a larger one", async () => {
    await using provider = await startFakeProvider();
    await using project = await createTestProject({ promptLines: ownLines });
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
