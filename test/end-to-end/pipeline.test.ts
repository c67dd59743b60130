import { readdir, rm, stat } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestProject, type Finished, quickTraining, type TestProject } from "../support/project.ts";

interface Report {
  counts: {
    prompts: number;
    answers: number;
    kept: number;
    rejected: number;
    unjudged: number;
    reasons: Record<string, number>;
    train: number;
    validation: number;
    test: number;
  };
  teacher: { model: string; offline: boolean };
  cost_usd: number;
  student: { model: string; parameters: number; engine: string; steps: number; train_seconds: number };
  evaluation: {
    n: number;
    untrained: { accuracy: number };
    trained: { accuracy: number; ci95: [number, number] };
    teacher: { accuracy: number };
  };
  stages: { name: string; seconds: number; state: string }[];
}
interface Status {
  stages: { name: string; session: string; state: string; exit_code: number | null }[];
}

const outputs = [
  "data/processed/distillation/teacher_outputs/teacher_outputs_v1.parquet",
  "data/processed/distillation/filtered/filtered_v1.parquet",
  "data/processed/training/sft_dataset.jsonl",
  "artifacts/checkpoints/baseline_distill",
  "artifacts/reports/report.json",
];

describe("nexa run on a small project, without a key", () => {
  let project: TestProject;
  let run: Finished;

  beforeAll(async () => {
    project = await createTestProject({ prompts: 120 });
    run = await project.nexa(["run", ...quickTraining]);
  });
  afterAll(() => project[Symbol.asyncDispose]());

  test("ends well and says loudly that the offline models are used", () => {
    expect(run.stderr).toContain("OFFLINE teacher: nexa:bench-science");
    expect(run.stderr).toContain("OPENAI_API_KEY");
    expect(run.exitCode, run.stderr).toBe(0);
  });

  test("writes every output with a manifest beside it", async () => {
    for (const output of outputs) {
      await stat(project.path(output));
      const manifest = await project.json<{ schema_version: number; outputs: { sha256: string }[] }>(
        `${output}.manifest.json`,
      );
      expect(manifest.schema_version).toBe(1);
      expect(manifest.outputs[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test("accounts for every row in the report", async () => {
    const report = await project.json<Report>("artifacts/reports/report.json");
    const { counts } = report;
    expect(counts.prompts).toBe(120);
    expect(counts.answers).toBe(120);
    expect(counts.kept + counts.rejected + counts.unjudged).toBe(120);
    expect(counts.train + counts.validation + counts.test).toBe(counts.kept);
    expect(counts.rejected).toBeGreaterThan(0);
    expect(report).toMatchObject({ teacher: { model: "nexa:bench-science", offline: true }, cost_usd: 0 });
    expect(report.student).toMatchObject({ model: "nexa:tiny", engine: "embedded", steps: 12 });
    expect(report.stages.map(({ name }) => name)).toEqual(["generate", "filter", "package", "train", "evaluate"]);
    expect(report.evaluation.teacher.accuracy).toBeGreaterThan(0.5);
    expect(report.evaluation.untrained.accuracy).toBe(0);
  });

  test("says so and does nothing when it is run again", async () => {
    const before = await Promise.all(outputs.map(async (output) => (await stat(project.path(output))).mtimeMs));
    const again = await project.nexa(["run", ...quickTraining]);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/everything is done/i);
    expect(await Promise.all(outputs.map(async (output) => (await stat(project.path(output))).mtimeMs))).toEqual(
      before,
    );
  });

  test("shows every stage as succeeded, as a table and as JSON", async () => {
    const status = await project.nexa(["status", "--json"]);
    const { stages } = JSON.parse(status.stdout) as Status;
    expect(stages.map(({ name, session, state }) => [name, session, state])).toEqual([
      ["generate", "data_gen", "succeeded"],
      ["filter", "filtering", "succeeded"],
      ["package", "packaging", "succeeded"],
      ["train", "training", "succeeded"],
      ["evaluate", "evaluation", "succeeded"],
    ]);
  });

  test("revisits the gate's threshold without asking judge or teacher again", async () => {
    const regate = await project.nexa(["filter", "--set", "sample_gate.min_judge_score=0.5"]);
    expect(regate.exitCode, regate.stderr).toBe(0);
    const manifest = await project.json<{ config: unknown }>(`${outputs[1]}.manifest.json`);
    expect(JSON.stringify(manifest.config)).toContain("0.5");
  });

  test("refuses an input that is not what its stage sealed, and one that is missing", async () => {
    await rm(project.path("data/processed/distillation/filtered/filtered_v1.parquet"));
    const missing = await project.nexa(["package"]);
    expect(missing.exitCode).toBe(4);
    expect(missing.stderr).toContain("filtered_v1.parquet: the input is missing");
    expect(missing.stderr).toContain("nexa filter");
  });

  test("leaves no temporary file behind", async () => {
    const left = (await readdir(project.dir, { recursive: true })).filter(
      (name) => /\.tmp$|\.wal$/.test(name) && !name.includes(".nexa/"),
    );
    expect(left).toEqual([]);
  });
});
