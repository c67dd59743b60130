import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { type FakeProvider, startFakeProvider } from "../../test/fake-provider/index.ts";
import { createTestProject, finish, quickTraining, type TestProject } from "../../test/support/project.ts";
import { openLedger } from "../calls/index.ts";

interface StatusJson {
  readonly stages: readonly { readonly name: string; readonly state: string; readonly error: string | null }[];
}

async function statesOf(project: TestProject): Promise<Record<string, string>> {
  const { stdout } = await project.nexa(["status", "--json"]);
  return Object.fromEntries((JSON.parse(stdout) as StatusJson).stages.map(({ name, state }) => [name, state]));
}

/** Settings for a teacher at a server of our own. */
function teacherAt({ baseUrl }: FakeProvider, entry: Record<string, unknown> = {}): string[] {
  const model = JSON.stringify({ base_url: baseUrl, ...entry });
  return ["--set", `models.mine=${model}`, "--set", "teacher.model=mine"];
}

const paid = { api_key_env: "MY_KEY", price: { input_usd_per_million: 1, output_usd_per_million: 1 } };

test("the first Ctrl-C is one wish however often it comes at once; a later one ends the stage, which then is stopped and not lost", async () => {
  await using provider = await startFakeProvider({ latencyMs: 60_000 });
  await using project = await createTestProject({ prompts: 3 });
  const stage = project.start(["generate", ...teacherAt(provider)]);
  const ended = finish(stage);
  while (provider.inFlight === 0) await sleep(20);
  // npx passes the terminal's Ctrl-C on, so that it comes twice.
  stage.kill("SIGINT");
  stage.kill("SIGINT");
  await sleep(700);
  expect(stage.exitCode).toBeNull();
  expect((await statesOf(project)).generate).toBe("running");
  stage.kill("SIGINT");
  expect((await ended).exitCode).toBe(130);
  expect((await statesOf(project)).generate).toBe("stopped");
});

test("`nexa stop` ends a stage that was started by hand, in order or by force, and while a document is broken", async () => {
  await using provider = await startFakeProvider({ latencyMs: 60_000 });
  await using project = await createTestProject({ prompts: 3 });
  for (const [timeout, how] of [
    ["30", "ended in order"],
    ["0", "was killed"],
  ] as const) {
    const before = provider.requests;
    const stage = project.start(["generate", ...teacherAt(provider)]);
    const ended = finish(stage);
    while (provider.requests === before) await sleep(20);
    const config = await readFile(project.path("nexa.yaml"), "utf8");
    await appendFile(project.path("nexa.yaml"), "\noops: [\n");
    const stop = await project.nexa(["stop", "--timeout", timeout]);
    expect(stop.stderr).toContain(how);
    expect(stop.exitCode).toBe(0);
    await ended;
    await writeFile(project.path("nexa.yaml"), config);
    expect((await statesOf(project)).generate).toBe("stopped");
  }
});

test("what reads no more of the output than it wants does not make a command fail", async () => {
  await using project = await createTestProject({ prompts: 3 });
  const plan = project.start(["plan", "--json"]);
  plan.stdout?.destroy();
  const { exitCode, stderr } = await finish(plan);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
});

test("status shows a launch with its own settings, and --restart trains from the first step", async () => {
  await using project = await createTestProject({ prompts: 60 });
  const config = await readFile(project.path("nexa_train/configs/baseline_distill.yaml"), "utf8");
  await writeFile(project.path("other.yaml"), config.replace(/^name: .*$/m, "name: other"));
  const words = ["--until", "train", "--config", project.path("other.yaml"), ...quickTraining];
  const run = await project.nexa(["run", ...words]);
  expect(run.exitCode, run.stderr).toBe(0);
  expect(await statesOf(project)).toMatchObject({ train: "succeeded", evaluate: "waiting" });
  const { stdout } = await project.nexa(["status", "--json", "--set", "tiny.steps=12"]);
  expect((JSON.parse(stdout) as StatusJson).stages.find(({ name }) => name === "train")?.state).toBe("waiting");

  const again = await project.nexa(["run", ...words, "--restart", "train"]);
  expect(again.exitCode, again.stderr).toBe(0);
  const manifest = "artifacts/checkpoints/other.manifest.json";
  expect(await project.json(manifest)).toMatchObject({ stage: "train", details: { resumed_from: null } });
});

test("--restart that cannot be carried out leaves the sealed output as it is", async () => {
  await using provider = await startFakeProvider();
  await using project = await createTestProject({ prompts: 5 });
  const words = ["--until", "generate", ...teacherAt(provider, paid)];
  expect((await project.nexa(["run", ...words, "--budget", "5"], { MY_KEY: "sk-test" })).exitCode).toBe(0);
  const refused = await project.nexa(["run", ...words, "--restart", "generate"]);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain("MY_KEY");
  const next = await project.nexa(["run", ...words]);
  expect(next.exitCode, next.stderr).toBe(0);
  expect(next.stderr).toContain("nothing to do");
  const again = await project.nexa(["run", ...words, "--restart", "generate"], { MY_KEY: "sk-test" });
  expect(again.exitCode, again.stderr).toBe(0);
  expect(again.stderr).toContain("started: generate");
  expect(provider.answered).toBe(5);
});

test("plan counts with the last launch's budget, as the next launch does", async () => {
  await using provider = await startFakeProvider();
  await using project = await createTestProject({ prompts: 3 });
  const words = teacherAt(provider, paid);
  const key = { MY_KEY: "sk-test" };
  await project.nexa(["run", "--until", "generate", ...words, "--budget", "5"], key);
  const plan = JSON.parse((await project.nexa(["plan", "--json", ...words], key)).stdout);
  expect(plan).toMatchObject({ budget_usd: 5, choices: { teacher: { model: "mine", is_offline: false } } });
  await rm(project.path(".nexa/launch.json"));
  expect(JSON.parse((await project.nexa(["plan", "--json", ...words], key)).stdout).budget_usd).toBeNull();
});

test("plan gives teacher's and judge's cost and their sum, and says what the budget is too small for", async () => {
  await using provider = await startFakeProvider();
  await using project = await createTestProject({ prompts: 3 });
  const words = ["plan", ...teacherAt(provider, paid), "--set", "judge.model=mine"];
  const key = { MY_KEY: "sk-test" };
  const { stdout } = await project.nexa([...words, "--json", "--budget", "5"], key);
  const { generate, filter, total_cost_usd: total } = JSON.parse(stdout);
  expect(Object.keys(filter)).toEqual(Object.keys(generate));
  expect(filter.calls).toEqual({ to_make: 3, already_bought: 0 });
  expect(total.is_known).toBe(true);
  expect(total.low).toBeCloseTo(generate.cost_usd.low + filter.cost_usd.low, 12);
  expect(total.high).toBeCloseTo(generate.cost_usd.high + filter.cost_usd.high, 12);
  expect(filter.cost_usd.low).toBeGreaterThan(0);

  const sayWith = async (budget: number) => (await project.nexa([...words, "--budget", String(budget)], key)).stdout;
  const enough = await sayWith(total.high * 1.01);
  expect(enough).toContain("judge mine: at most 3 calls");
  expect(enough).toMatch(/teacher and judge together cost \$.* to \$/);
  expect(enough).not.toContain("part-way");
  expect(await sayWith((total.low + total.high) / 2)).toContain("below the highest estimate: it may stop");
  expect(await sayWith(total.low / 2)).toContain(
    "below the lowest estimate: it will stop the run part-way; what is bought",
  );

  const bought = await project.nexa(["run", "--until", "generate", ...words.slice(1), "--budget", "5"], key);
  expect(bought.stderr).toContain("teacher and judge together cost");
  const later = await sayWith(total.low / 2);
  expect(later).toMatch(/of which \$[\d.]+ is spent or held, is below/);
  expect(later).toMatch(/judge mine: \d calls/);
});

test("plan leaves the ledger as it is, and --release-unseen gives back what killed runs have held", async () => {
  await using provider = await startFakeProvider();
  await using project = await createTestProject({ prompts: 3 });
  const words = ["plan", ...teacherAt(provider, paid), "--budget", "5"];
  const key = { MY_KEY: "sk-test" };
  const path = project.path(".nexa/ledger.sqlite");
  openLedger(path)[Symbol.dispose]();
  await rm(`${path}.reserve`);
  const database = new DatabaseSync(path);
  const gone = JSON.stringify({ pid: 2 ** 22 - 1, host: hostname(), startTicks: 1, opening: 1 });
  const hold = database.prepare("INSERT INTO reservations (identity, usd, holder, created_at) VALUES (?, 0.25, ?, '')");
  for (const identity of ["a", "b"]) hold.run(identity, gone);
  database.exec("DELETE FROM notes");
  database.close();
  const before = await readFile(path);

  const held = await project.nexa(words, key);
  expect(held.stdout).toMatch(/up to \$0\.50 of the budget is held for 2 calls .* --release-unseen/);
  expect(await readdir(project.path(".nexa"))).toEqual(["ledger.sqlite"]);
  expect((await readFile(path)).equals(before)).toBe(true);

  const released = await project.nexa([...words, "--release-unseen", "--json"], key);
  expect(released.stderr).toContain("$0.50 of the budget is given back, held for 2 calls");
  expect(JSON.parse(released.stdout)).toMatchObject({ held_usd: 0, unseen: { calls: 0, usd: 0 } });
  expect((await project.nexa([...words, "--release-unseen"], key)).stderr).toContain("nothing is held");
});

test("what a name or value holds cannot steer the terminal", async () => {
  await using project = await createTestProject({ prompts: 3 });
  await appendFile(project.path("nexa.yaml"), '\n"evil\\e[2J\\u009b31m": 1\n');
  const { exitCode, stderr } = await project.nexa(["plan"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("unknown key `evil");
  expect(stderr).toBe(stripVTControlCharacters(stderr));
  expect(stderr).not.toContain("\u009b");
});
