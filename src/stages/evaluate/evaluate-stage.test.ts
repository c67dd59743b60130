import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configDocuments, loadProject, type Project } from "../../config/index.ts";
import type { Progress, Reporter } from "../../core/index.ts";
import { teacherAnswer } from "../../models/bench-science/index.ts";
import { type TeacherOutputRow, teacherOutputSchema, writeJsonl, writeParquet } from "../../records/index.ts";
import { type Manifest, manifestPath, manifestSchema } from "../../records/manifest.ts";
import { untrainedCheckpoint, writeCheckpoint } from "../../student/index.ts";
import type { Choices, StageContext } from "../stage.ts";
import { evaluateStage, formatSummary, readReport } from "./index.ts";

const choices: Choices = {
  teacher: { model: "nexa:bench-science", isOffline: true, reason: "no key" },
  judge: { model: "nexa:verifier", isOffline: true, reason: "no key" },
  student: { model: "nexa:tiny", isOffline: true, reason: "no PyTorch" },
  budgetUsd: null,
};
const tinySize = { hidden_size: 8, intermediate_size: 16, layers: 1, heads: 2 };
const checkpoint = "artifacts/checkpoints/baseline_distill";

let project: Project;
let warnings: string[];
let progress: { done: number; total: number | null }[];
let context: StageContext;

beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), "evaluate-"));
  for (const { path } of Object.values(configDocuments)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), "{}\n");
  }
  project = await loadProject({
    dir,
    overrides: ["evaluation.max_tokens=6", "packaging.split={train: 0.4, validation: 0.1, test: 0.5}"],
  });
  [warnings, progress] = [[], []];
  const latest: Progress | null = null;
  const reporter: Reporter = {
    info: () => undefined,
    warn: (message) => warnings.push(message),
    loud: () => undefined,
    progress: ({ done, total }) => progress.push({ done, total }),
    latest,
    end: () => undefined,
  };
  context = { choices, reporter, signal: new AbortController().signal, inputReadyAt: Date.now() - 5_000 };
});

afterEach(() => rm(project.dir, { recursive: true, force: true }));

function teacherRow(index: number, prompt: string, answer: string | null): TeacherOutputRow {
  return {
    id: `p${index}`,
    sample: 0,
    prompt,
    messages: [{ role: "user", content: prompt }],
    system: "Answer in full.",
    category: null,
    expects_json: false,
    reference: null,
    group: `g${index}`,
    teacher_output: answer,
    reasoning: null,
    model: "nexa:bench-science",
    finish_reason: "stop",
    prompt_tokens: 10,
    completion_tokens: 90,
    cost_usd: 0,
    error: answer === null ? "refused" : null,
  };
}

function benchRows(count: number): TeacherOutputRow[] {
  return Array.from({ length: count }, (_, index) => {
    const prompt = `Prepare ${30 + 10 * index} mL of 3 mM glucose from a 30 mM stock for the ELISA.`;
    return teacherRow(index, prompt, teacherAnswer({ prompt, sample: 0 })?.text ?? null);
  });
}

async function writeManifest(stage: Manifest["stage"], output: string, fields: Partial<Manifest>): Promise<void> {
  const time = new Date(0).toISOString();
  const sealed = stage === "train" ? `${output}/model.safetensors` : output;
  const manifest = manifestSchema.parse({
    schema_version: 1,
    stage,
    session: stage,
    started_at: time,
    input_ready_at: time,
    ended_at: time,
    seconds: 2.5,
    inputs: [],
    outputs: [{ path: sealed, sha256: "a".repeat(64), bytes: 1, rows: null, mtime_ms: 0 }],
    config: { stage },
    config_hash: "b".repeat(64),
    choices: {},
    counts: {},
    reasons: {},
    cost_usd: 0.25,
    details: {},
    versions: { nexacompute: "0.1.0" },
    ...fields,
  });
  const file = project.path(manifestPath(output));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(manifest));
}

/** The four stages before, as they leave a project. */
async function writeProject(rows: TeacherOutputRow[], trainedGroups: readonly string[] = ["elsewhere"]): Promise<void> {
  await mkdir(dirname(project.path(project.distill.output)), { recursive: true });
  await writeParquet(project.path(project.distill.output), { schema: teacherOutputSchema, rows });
  await mkdir(dirname(project.path(project.nexa.packaging.output)), { recursive: true });
  const packaged = trainedGroups.map((group, index) => ({
    id: `t${index}`,
    messages: [],
    split: "train",
    metadata: { group },
  }));
  await writeJsonl(project.path(project.nexa.packaging.output), packaged);
  await writeCheckpoint(project.path(checkpoint), untrainedCheckpoint(8, tinySize));
  await writeFile(
    project.path(checkpoint, "events.jsonl"),
    '{"step":1,"loss":4.4}\n{"step":2,"loss":0.5,"eval_loss":0.6}\n',
  );
  const [teacher, judge, student] = (["teacher", "judge", "student"] as const).map((role) => {
    const { model, isOffline, reason } = choices[role];
    return { model, is_offline: isOffline, reason };
  });
  await writeManifest("generate", project.distill.output, {
    choices: { teacher },
    counts: { prompts: rows.length, answers: rows.length },
  });
  await writeManifest("filter", project.filters.output, {
    choices: { judge },
    counts: { kept: 30, rejected: 9, unjudged: 1 },
    reasons: { citation: 2, low_judge_score: 8, unjudged: 1 },
  });
  await writeManifest("package", project.nexa.packaging.output, { counts: { train: 20, validation: 2, test: 8 } });
  await writeManifest("train", checkpoint, {
    choices: { student },
    counts: { steps: 2, parameters: 1234 },
    details: { engine: "embedded", train_seconds: 1.5, seed: 7 },
  });
}

test("the settings hold the verifier's fingerprint, so that another one measures again", async () => {
  expect(await evaluateStage.settings(project, choices)).toMatchObject({
    schema_version: 1,
    verifier: expect.stringMatching(/^nexa:verifier@[0-9a-f]{16}$/),
  });
});

describe("a project of checkable requests", () => {
  test("is measured on every prompt of the test split, and reported", async () => {
    const rows = benchRows(40);
    await writeProject(rows);
    const result = await evaluateStage.run(project, context);
    expect(result.outputs.map(({ path }) => path)).toEqual([
      "artifacts/reports/report.json",
      "artifacts/reports/report.html",
    ]);

    const report = await readReport(project);
    expect(report?.counts.reasons).toEqual({ low_judge_score: 8, citation: 2 });
    const n = report?.evaluation.n ?? 0;
    expect(n).toBeGreaterThan(10);
    expect(n).toBeLessThan(30);
    expect(report).toMatchObject({
      counts: {
        prompts: 40,
        answers: 40,
        kept: 30,
        rejected: 9,
        unjudged: 1,
        reasons: { low_judge_score: 8, citation: 2 },
        train: 20,
        validation: 2,
        test: 8,
      },
      teacher: { model: "nexa:bench-science", offline: true },
      judge: { model: "nexa:verifier", offline: true },
      cost_usd: 1,
      student: { model: "nexa:tiny", parameters: 1234, engine: "embedded", steps: 2, train_seconds: 1.5, seed: 7 },
      evaluation: {
        checked: n,
        overlap_with_training: 0,
        trained: { accuracy: 0, correct: 0, checked: n },
        untrained: { accuracy: 0 },
      },
      loss_curve: {
        points: 2,
        first: { step: 1, loss: 4.4 },
        last: { step: 2, loss: 0.5 },
        validation: { step: 2, loss: 0.6 },
      },
    });
    expect(report?.evaluation.trained.ci95?.[0]).toBe(0);
    expect(report?.evaluation.teacher?.accuracy).toBeGreaterThan(0.6);
    expect(report?.stages.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "generate done",
      "filter done",
      "package done",
      "train done",
      "evaluate done",
    ]);
    expect(report?.stages.at(-1)?.seconds).toBeGreaterThanOrEqual(5);
    expect(progress.at(-1)).toEqual({ done: 2 * n, total: 2 * n });
    expect(await readFile(project.path("artifacts/reports/report.html"), "utf8")).toContain("unseen requests right");
    expect(report === null ? [] : formatSummary(report)).toContain("report    artifacts/reports/report.html");
  });

  test("is answered once: a second run takes the answers from the ledger and gives the same result", async () => {
    await writeProject(benchRows(20));
    await evaluateStage.run(project, context);
    const first = await readReport(project);
    await evaluateStage.run(project, context);
    const second = await readReport(project);
    expect(first?.evaluation.trained.seconds).toBeGreaterThan(0);
    expect(second?.evaluation.trained.seconds).toBeNull();
    expect(second?.examples).toEqual(first?.examples);
    expect(second?.examples[0]?.trained.text).not.toBe(second?.examples[0]?.untrained?.text);
  });

  test("warns and counts when a test prompt's group was trained on", async () => {
    const rows = benchRows(20);
    await writeProject(
      rows,
      rows.map(({ group }) => group),
    );
    await evaluateStage.run(project, context);
    const report = await readReport(project);
    expect(report?.evaluation.overlap_with_training).toBe(report?.evaluation.n);
    expect(warnings.join()).toContain("share their group or their text with a training row");
  });

  test("counts a test prompt whose text was trained on in another group", async () => {
    const rows = benchRows(20);
    await writeProject(rows);
    const packaged = rows.map(({ id, prompt }) => ({
      id,
      messages: [
        { role: "system", content: "Answer in full." },
        { role: "user", content: `${prompt.toUpperCase()}\n` },
        { role: "assistant", content: "A" },
      ],
      split: "train",
      metadata: { group: "elsewhere" },
    }));
    await writeJsonl(project.path(project.nexa.packaging.output), packaged);
    await evaluateStage.run(project, context);
    const report = await readReport(project);
    expect(report?.evaluation.overlap_with_training).toBe(report?.evaluation.n);
  });
});

test("requests that no program can check are not measured, and answers that never came are said", async () => {
  await writeProject(
    Array.from({ length: 20 }, (_, index) =>
      teacherRow(index, `Who wrote book ${index}?`, index % 2 === 0 ? "Nobody." : null),
    ),
  );
  await evaluateStage.run(project, context);
  const report = await readReport(project);
  for (const answerer of ["trained", "untrained", "teacher"] as const) {
    expect(report?.evaluation[answerer]).toMatchObject({ checked: 0, accuracy: null, ci95: null });
  }
  // Its vocabulary has no words for these questions.
  expect(report?.evaluation.trained.answered).toBe(0);
  expect(warnings.join()).toContain("the trained student has no answer to");
});

describe("a project that is not whole", () => {
  test("is an error that names the missing manifest and the command that makes it", async () => {
    await writeProject(benchRows(20));
    await rm(project.path(manifestPath(project.filters.output)));
    await expect(evaluateStage.run(project, context)).rejects.toMatchObject({
      exitCode: 4,
      file: project.path(manifestPath(project.filters.output)),
      hint: "Run `nexa filter` first: its output comes with one.",
    });
  });

  test.each([
    ["not JSON", (text: string) => text.slice(0, -20), "not JSON"],
    ["of a wrong type", (text: string) => text.replace('"seconds":2.5', '"seconds":"soon"'), "`seconds`"],
    ["without a count", (text: string) => text.replace('"kept"', '"retained"'), "counts.kept"],
  ])("is an error that names the field of a manifest %s", async (_, spoil, message) => {
    await writeProject(benchRows(20));
    const file = project.path(manifestPath(project.filters.output));
    await writeFile(file, spoil(await readFile(file, "utf8")));
    await expect(evaluateStage.run(project, context)).rejects.toThrow(message);
    expect(await readReport(project)).toBeNull();
  });

  test("is an error when no prompt is in the test split", async () => {
    project = await loadProject({
      dir: project.dir,
      overrides: ["packaging.split={train: 0.9, validation: 0.1, test: 0}"],
    });
    await writeProject(benchRows(20));
    await expect(evaluateStage.run(project, context)).rejects.toMatchObject({ code: "no_test_prompts", exitCode: 4 });
  });

  test("is an error when the checkpoint is not complete", async () => {
    await writeProject(benchRows(20));
    await rm(project.path(checkpoint, "model.safetensors"));
    await expect(evaluateStage.run(project, context)).rejects.toMatchObject({ exitCode: 4 });
  });
});
