import { expect, test } from "vitest";
import { defaultReply, type FakeProvider, startFakeProvider } from "../../test/fake-provider/index.ts";
import { createTestProject } from "../../test/support/project.ts";

const key = { MY_KEY: "sk-test" };
const price = { input_usd_per_million: 1, output_usd_per_million: 4, batch_share: 0.5 };

const filtered = { kind: "answer", text: "", finishReason: "content_filter" } as const;

/** Settings for a paid teacher at a server of our own. */
function teacherAt({ baseUrl }: FakeProvider, entry: Record<string, unknown> = {}): string[] {
  const model = JSON.stringify({ base_url: baseUrl, api_key_env: "MY_KEY", price, ...entry });
  return ["--set", `models.mine=${model}`, "--set", "teacher.model=mine"];
}

test("--retry-failed opens a sealed stage again for the rows that failed, and says where none did", async () => {
  let isFiltering = true;
  await using provider = await startFakeProvider({
    reply: (request, context) => (isFiltering && context.index % 4 === 0 ? filtered : defaultReply(request, context)),
  });
  await using project = await createTestProject({ prompts: 12 });
  const words = [...teacherAt(provider), "--budget", "5"];
  const first = await project.nexa(["generate", ...words], key);
  expect(first.exitCode, first.stderr).toBe(0);
  expect(first.stderr).toContain("3 rows have no answer");
  const asked = provider.answered;

  isFiltering = false;
  const again = await project.nexa(["generate", ...words], key);
  expect(again.stderr).toContain("already done");
  expect(provider.answered).toBe(asked);

  const retried = await project.nexa(["generate", ...words, "--retry-failed"], key);
  expect(retried.exitCode, retried.stderr).toBe(0);
  expect(retried.stderr).toContain("done but for 3 failed rows: these are asked again");
  expect(retried.stderr).toContain("12 rows: 3 bought now, 9 found in the ledger");
  expect(provider.answered).toBe(asked + 3);

  const nothing = await project.nexa(["generate", ...words, "--retry-failed"], key);
  expect(nothing.stderr).toContain("already done: nothing failed; nothing to do");
  expect(provider.answered).toBe(asked + 3);
});

test("a run takes --retry-failed and --mode along to its stages", async () => {
  let isFiltering = true;
  await using provider = await startFakeProvider({
    reply: (request, context) => (isFiltering && context.index === 1 ? filtered : defaultReply(request, context)),
  });
  await using project = await createTestProject({ prompts: 6 });
  const words = ["run", "--until", "generate", ...teacherAt(provider), "--budget", "5", "--mode", "auto"];
  const first = await project.nexa(words, key);
  expect(first.exitCode, first.stderr).toBe(0);
  const launch = await project.json<{ overrides: string[]; retry_failed: boolean }>(".nexa/launch.json");
  expect(launch.overrides).toContain("mode=auto");
  expect(launch.retry_failed).toBe(false);
  isFiltering = false;
  expect((await project.nexa(words, key)).stderr).toContain("generate done already");
  const retried = await project.nexa([...words, "--retry-failed"], key);
  expect(retried.stderr).toContain("started: generate");
  const manifest = await project.json<{ counts: Record<string, number> }>(
    "data/processed/distillation/teacher_outputs/teacher_outputs_v1.parquet.manifest.json",
  );
  expect(manifest.counts).toMatchObject({ answers: 6, failed: 0 });
});

test("plan --try asks the first rows once, and plans by their length", async () => {
  await using provider = await startFakeProvider();
  await using project = await createTestProject({ prompts: 40 });
  const words = ["plan", "--json", ...teacherAt(provider), "--budget", "5"];
  const before = JSON.parse((await project.nexa(words, key)).stdout);
  expect(provider.requests).toBe(0);
  expect(before.generate.cost_usd.high).toBeGreaterThan(2 * before.generate.cost_usd.low);

  const tried = await project.nexa([...words, "--try", "8"], key);
  expect(tried.exitCode, tried.stderr).toBe(0);
  expect(tried.stderr).toContain("8 tried rows: 8 bought now");
  expect(provider.answered).toBe(8);
  const after = JSON.parse(tried.stdout);
  expect(after.generate.calls).toEqual({ to_make: 32, already_bought: 8 });
  expect(after.generate.cost_usd.high).toBeLessThan(1.6 * after.generate.cost_usd.low);
  expect(after.enough_budget_usd).toBeGreaterThan(after.spent_usd + after.total_cost_usd.high);

  const rest = await project.nexa(["generate", ...words.slice(2)], key);
  expect(rest.exitCode, rest.stderr).toBe(0);
  expect(provider.answered).toBe(40);
  // The bill is within what was planned.
  const { spent_usd: spent } = JSON.parse((await project.nexa(words, key)).stdout);
  expect(spent - after.spent_usd).toBeLessThanOrEqual(after.generate.cost_usd.high);
  expect(spent - after.spent_usd).toBeGreaterThanOrEqual(after.generate.cost_usd.low);
});

test("plan counts by mode, and by the limits that the configuration gives", async () => {
  await using provider = await startFakeProvider();
  await using project = await createTestProject({ prompts: 40 });
  const entry = { batch: true, limits: { requests_per_minute: 20 } };
  const plan = async (...more: string[]) =>
    JSON.parse((await project.nexa(["plan", "--json", ...teacherAt(provider, entry), ...more], key)).stdout);
  const realtime = await plan("--budget", "5");
  expect(realtime).toMatchObject({ mode: "realtime", generate: { time_seconds: { low: 120, high: 120 } } });
  const batch = await plan("--budget", "5", "--mode", "batch");
  expect(batch).toMatchObject({ mode: "batch", generate: { time_seconds: null } });
  expect(batch.generate.cost_usd.high).toBeCloseTo(realtime.generate.cost_usd.high / 2, 10);
  expect(provider.requests).toBe(0);
});

test("a budget that ends the run says how many rows of how many it was enough for, and for how much", async () => {
  await using provider = await startFakeProvider();
  await using project = await createTestProject({ prompts: 30 });
  const ended = await project.nexa(["generate", ...teacherAt(provider), "--budget", "0.01"], key);
  expect(ended.exitCode, ended.stderr).toBe(5);
  expect(ended.stderr).toMatch(/\d+ of 30 rows are answered, for \$0\.0/);
  expect(ended.stderr).toMatch(/30 rows: \d+ bought now, \d+ not asked/);
});

test("an unknown mode is answered with the nearest", async () => {
  await using project = await createTestProject({ prompts: 3 });
  const { exitCode, stderr } = await project.nexa(["generate", "--mode", "btach"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("Did you mean batch?");
});

test("--try needs a teacher that can be asked", async () => {
  await using project = await createTestProject({ prompts: 3 });
  const { exitCode, stderr } = await project.nexa(["plan", "--try"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("OPENAI_API_KEY is not set");
});
