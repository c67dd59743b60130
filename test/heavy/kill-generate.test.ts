import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type FakeProvider, startFakeProvider } from "../fake-provider/index.ts";
import { createTestProject, finish, type TestProject } from "../support/project.ts";

const prompts = 5_000;
const kills = 50;
const latencyMs = 60;
/** From an answer's arrival to its commit, on a machine that does much else. */
const commitMs = 250;

/** Questions that no offline teacher knows, all different. */
const promptLines = Array.from({ length: prompts }, (_, index) =>
  JSON.stringify({ id: `p-${index}`, prompt: `Question ${index}: what is ${index} times ${index + 1}?` }),
);

/** Answers in the ledger. */
function countBought(project: TestProject): number {
  const path = project.path(".nexa/ledger.sqlite");
  if (!existsSync(path)) return 0;
  using database = new DatabaseSync(path, { readOnly: true });
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as { tables: number };
  if (tables === 0) return 0;
  return (database.prepare("SELECT count(*) AS calls FROM calls").get() as { calls: number }).calls;
}

/** What the server worked on at a moment, or had answered so lately that it may not have been committed. */
function inFlightAt(provider: FakeProvider, at: number): number {
  return provider.arrivals.filter((arrival) => arrival.at >= at - latencyMs - commitMs).length;
}

test("killed fifty times at random moments, generating loses no row and buys nothing twice but what was in flight", {
  timeout: 240_000,
}, async () => {
  await using provider = await startFakeProvider({ latencyMs });
  await using project = await createTestProject({ promptLines });
  const models = { local: { base_url: provider.baseUrl, model: "fake", price: 0 } };
  const settings = [`models=${JSON.stringify(models)}`, "teacher.model=local", "batch_size=4", "max_concurrency=16"];
  const args = ["generate", ...settings.flatMap((setting) => ["--set", setting])];

  let lostBefore = 0;
  let working = 0;
  for (let kill = 0; kill < kills; kill++) {
    const before = provider.requests;
    const run = project.start(args);
    const ended = finish(run);
    // One kill in five hits the start, the others wait for the first call.
    const isEarly = kill % 5 === 0;
    while (!isEarly && provider.requests === before && run.exitCode === null) await sleep(2);
    await sleep((isEarly ? 1_000 : 600) * Math.random());
    expect(run.exitCode, "generating was done before the last kill: give it more to do").toBeNull();
    working += provider.inFlight;
    const killedAt = Date.now();
    run.kill("SIGKILL");
    await ended;
    // The server goes on for a while with what nobody waits for any more, and bills it.
    await sleep(2 * latencyMs + 50);
    const lost = provider.bill.billed - countBought(project);
    expect(lost - lostBefore).toBeLessThanOrEqual(inFlightAt(provider, killedAt));
    lostBefore = lost;
  }

  const last = await project.nexa(args);
  expect(last.exitCode, last.stderr).toBe(0);
  const { counts } = await project.json<{ counts: Record<string, number> }>(
    "data/processed/distillation/teacher_outputs/teacher_outputs_v1.parquet.manifest.json",
  );
  expect(counts).toMatchObject({ prompts, answers: prompts, failed: 0 });
  expect(countBought(project)).toBe(prompts);
  expect(provider.bill.entries.size).toBe(prompts);
  const twice = provider.bill.billed - prompts;
  expect(twice).toBe(lostBefore);
  console.log(`${twice} answers bought twice in ${kills} kills; the server worked on ${working} at those moments`);
});
