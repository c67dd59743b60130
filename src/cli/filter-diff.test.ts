import { cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createTestProject, type TestProject } from "../../test/support/project.ts";
import { sha256File } from "../core/index.ts";
import { openDatabase } from "../records/duckdb.ts";
import type { Manifest } from "../records/manifest.ts";

const folder = "data/processed/distillation/filtered";
const kept = `${folder}/filtered_v1.parquet`;
const rejections = `${folder}/rejections.parquet`;

/** Seals a gate over 100 rows with scores 0.00 to 0.99, as `nexa filter` would leave it. */
async function sealGate(
  project: TestProject,
  { minimum, changes = {} }: { minimum: number; changes?: Partial<Manifest> },
): Promise<void> {
  await mkdir(project.path(folder), { recursive: true });
  using database = await openDatabase({ threads: 1 });
  const rows = "SELECT 'q-' || i AS id, 0::INTEGER AS sample, i / 100.0::DOUBLE AS judge_score FROM range(100) r(i)";
  const copy = (sql: string, path: string) =>
    database.connection.run(`COPY (${sql}) TO '${project.path(path)}' (FORMAT parquet)`);
  await copy(`SELECT * FROM (${rows}) WHERE judge_score >= ${minimum}`, kept);
  await copy(`SELECT *, ['low_judge_score'] AS reasons FROM (${rows}) WHERE judge_score < ${minimum}`, rejections);
  const outputs = await Promise.all(
    [kept, rejections].map(async (path) => {
      const { size, mtimeMs } = await stat(project.path(path));
      return { path, sha256: await sha256File(project.path(path)), bytes: size, rows: null, mtime_ms: mtimeMs };
    }),
  );
  const time = "2025-01-02T03:04:05.000Z";
  const manifest: Manifest = {
    schema_version: 1,
    stage: "filter",
    session: "filtering",
    started_at: time,
    input_ready_at: time,
    ended_at: time,
    seconds: 1,
    inputs: [{ path: "answers.parquet", sha256: "a".repeat(64), bytes: 1, rows: 100 }],
    outputs,
    config: { sample_gate: { min_judge_score: minimum }, judge: { model: "nexa:verifier" } },
    config_hash: "b".repeat(64),
    choices: {},
    counts: {},
    reasons: {},
    cost_usd: 0,
    details: {},
    versions: {},
    ...changes,
  };
  for (const path of [kept, rejections])
    await writeFile(project.path(`${path}.manifest.json`), JSON.stringify(manifest));
}

/** A project with a gate at 0.5 kept in `gate-a`, and one at 0.8 in its place. */
async function createComparison(): Promise<TestProject> {
  const project = await createTestProject({ prompts: 1 });
  await sealGate(project, { minimum: 0.5 });
  await cp(project.path(folder), project.path("gate-a"), { recursive: true });
  await sealGate(project, { minimum: 0.8 });
  return project;
}

test("--diff compares a copied gate with the present one, on stdout, and changes nothing", async () => {
  await using project = await createComparison();
  const before = await readFile(project.path(kept));
  const { stdout, stderr, exitCode } = await project.nexa([
    "filter",
    "--diff",
    project.path("gate-a/filtered_v1.parquet.manifest.json"),
  ]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("before  gate-a/filtered_v1.parquet.manifest.json, made 2025-01-02 03:04 UTC");
  expect(stdout).toContain("sample_gate.min_judge_score: 0.5 -> 0.8");
  expect(stdout).toContain("kept 50 -> 20, rejected 50 -> 80, unjudged 0 -> 0");
  expect(stdout).toContain("30 newly rejected; what came:\n  low_judge_score  30\n");
  expect(stdout).toMatch(/for example q-\d+ \(judge 0\.\d+\)/);
  expect((await readFile(project.path(kept))).equals(before)).toBe(true);
  await expect(stat(project.path(".nexa"))).rejects.toThrow();
});

test("--diff shows a dozen of the settings that differ, --json all of them", async () => {
  await using project = await createComparison();
  const config = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`key_${index}`, index]));
  await sealGate(project, { minimum: 0.5, changes: { config } });
  const words = ["filter", "--diff", project.path("gate-a")];
  const { stdout } = await project.nexa(words);
  expect(stdout.match(/ -> /g)?.length).toBe(12 + 3);
  expect(stdout).toContain("and 20 more, which --json has");
  const json = await project.nexa([...words, "--json"]);
  expect(JSON.parse(json.stdout).settings).toHaveLength(32);
});

test("--diff takes two gates, by their folders or files, the first one being before; --json has it for programs", async () => {
  await using project = await createComparison();
  const gates = [project.path(kept), project.path("gate-a")];
  const { stdout, exitCode } = await project.nexa(["filter", ...gates.flatMap((gate) => ["--diff", gate]), "--json"]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    before: { manifest: `${kept}.manifest.json`, kept: 20, rejected: 80, unjudged: 0 },
    after: { manifest: "gate-a/filtered_v1.parquet.manifest.json", kept: 50 },
    newly_kept: 30,
    newly_rejected: 0,
    still_kept: 20,
    still_rejected: 50,
    reasons_fell_away: { low_judge_score: 30 },
    settings: [{ key: "sample_gate.min_judge_score", before: 0.8, after: 0.5 }],
    is_same_input: true,
  });
});

test("a gate whose files were replaced is an error that says how to keep one", async () => {
  await using project = await createComparison();
  const lone = project.path("gate-a.manifest.json");
  await cp(project.path("gate-a/filtered_v1.parquet.manifest.json"), lone);
  const { stderr, exitCode } = await project.nexa(["filter", "--diff", lone]);
  expect(exitCode).toBe(4);
  expect(stderr).toContain(`gate-a.manifest.json: its gate is gone: ${kept}`);
  expect(stderr).toContain(`cp -r ${folder}`);
  const hint = /nexa filter (?<words>--set [^`]+)`/.exec(stderr)?.groups?.words;
  const taken = await project.nexa(["status", ...(hint ?? "").split(" ")]);
  expect(taken).toMatchObject({ exitCode: 0, stderr: "" });
});

test("what is no gate's manifest is an error that names it", async () => {
  await using project = await createComparison();
  const tryIt = async (path: string): Promise<string> => {
    const { stderr, exitCode } = await project.nexa(["filter", "--diff", path]);
    expect(exitCode).toBe(4);
    return stderr;
  };
  expect(await tryIt(project.path("nowhere.json"))).toContain("nowhere.json: there is no such manifest");
  expect(await tryIt(project.path("nexa.yaml"))).toContain("nexa.yaml: the manifest is not JSON");
  expect(await tryIt(project.path("nexa_distill"))).toContain("cannot be read (EISDIR)");

  const other = project.path("other.json");
  const manifest = await project.json<Manifest>(`${kept}.manifest.json`);
  await writeFile(other, JSON.stringify({ ...manifest, stage: "package" }));
  expect(await tryIt(other)).toContain("it is the manifest of `nexa package`, not of `nexa filter`");
  await writeFile(other, JSON.stringify({ ...manifest, outputs: manifest.outputs.slice(0, 1) }));
  expect(await tryIt(other)).toContain("the manifest names no rejections");

  await rm(project.path(folder), { recursive: true });
  expect(await tryIt(project.path("gate-a"))).toContain("the project has no gate to compare with");
});

test("options that do not go together are exit 2", async () => {
  await using project = await createTestProject({ prompts: 1 });
  for (const [words, message] of [
    [["--json"], "--json goes with --diff alone"],
    [["--diff", "a", "--input", "b.jsonl"], "--input does not go with --diff"],
    [["--diff", "a", "--retry-failed"], "--retry-failed does not go with --diff"],
    [["--diff", "a", "--diff", "b", "--diff", "c"], "--diff is given 3 times"],
  ] as const) {
    const { stderr, exitCode } = await project.nexa(["filter", ...words]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  }
});

test("--filters takes another filters document, and names it where it is missing or wrong", async () => {
  await using project = await createTestProject({ prompts: 1 });
  const own = join(dirname(project.dir), "own.yaml");
  await writeFile(own, "basic: {min_char_lenght: 3}\n");
  const wrong = await project.nexa(["filter", "--filters", own]);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toContain(`${own}:1`);
  const missing = await project.nexa(["plan", "--filters", `${own}.no`]);
  expect(missing.exitCode).toBe(2);
  expect(missing.stderr).toContain(`--filters ${own}.no names it`);
});
