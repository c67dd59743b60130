import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadProject, type Project } from "../../config/index.ts";
import { createReporter, DataError } from "../../core/index.ts";
import { formatPrompt, groupOf, teacherAnswer } from "../../models/bench-science/index.ts";
import {
  type FilteredRow,
  filteredSchema,
  readJsonl,
  readParquet,
  type SftRow,
  sftSchema,
  splitNames,
  splitOf,
  writeJsonl,
  writeParquet,
} from "../../records/index.ts";
import type { Choices, StageResult } from "../stage.ts";
import { packageStage } from "./package-stage.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "nexa-package-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function setUp(rows: readonly FilteredRow[] | null, nexa = "{}"): Promise<Project> {
  const dir = await mkdtemp(join(root, "project-"));
  const files = {
    "nexa_distill/configs/distill_config.yaml": "{}",
    "nexa_distill/configs/filters.yaml": "{}",
    "nexa_train/configs/baseline_distill.yaml": "{}",
    "nexa.yaml": nexa,
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const project = await loadProject({ dir });
  if (rows !== null) await writeParquet(project.path(project.filters.output), { schema: filteredSchema, rows });
  return project;
}

interface RunOptions {
  readonly student?: string;
  /** Whether the student stands in for the one that the configuration names. */
  readonly isOffline?: boolean;
  readonly inputOverride?: string;
}

async function run(
  project: Project,
  { student = "HuggingFaceTB/SmolLM2-135M-Instruct", isOffline = false, inputOverride }: RunOptions = {},
) {
  let output = "";
  const write = (text: string): boolean => {
    output += text;
    return true;
  };
  const stream = { write } as unknown as NodeJS.WritableStream;
  const reporter = createReporter({ label: "package", stream, isLive: false });
  const choice = (model: string) => ({ model, isOffline, reason: null });
  const choices: Choices = { teacher: choice("t"), judge: choice("j"), student: choice(student), budgetUsd: null };
  const context = { choices, reporter, signal: new AbortController().signal, inputOverride };
  const result: StageResult | DataError = await packageStage.run(project, context).catch((error: unknown) => {
    if (error instanceof DataError) return error;
    throw error;
  });
  return { result, output };
}

async function runWell(project: Project, options?: RunOptions) {
  const { result, output } = await run(project, options);
  if (result instanceof DataError) throw result;
  const lines = await Array.fromAsync(readJsonl(project.path(project.nexa.packaging.output)));
  return { result, output, rows: lines.map(({ value }) => value as SftRow) };
}

function filteredRow(
  id: string,
  prompt: string,
  answer: string | null,
  changes: Partial<FilteredRow> = {},
): FilteredRow {
  return {
    id,
    sample: 0,
    prompt,
    messages: [{ role: "user", content: prompt }],
    system: "You are a bench scientist.",
    category: "stock_dilution",
    expects_json: false,
    reference: null,
    group: id,
    teacher_output: answer,
    reasoning: null,
    model: "teacher",
    finish_reason: "stop",
    prompt_tokens: 0,
    completion_tokens: 0,
    cost_usd: 0,
    error: null,
    judge_score: 0.9,
    judge: "judge",
    judge_scores: '{"correctness":0.9}',
    judge_rationale: "Right.",
    safety_flags: [],
    ...changes,
  };
}

/** Answers of the offline teacher without a defect. */
function benchRows(count: number): FilteredRow[] {
  return Array.from({ length: count }, (_, index) => {
    const request = {
      volume: 40 * (1 + index),
      unit: index % 2 === 0 ? ("mL" as const) : ("µL" as const),
      finalMillimolar: 1 + (index % 12),
      stockMillimolar: (1 + (index % 12)) * ([2, 4, 5, 8, 10][index % 5] ?? 2),
      solute: "glucose",
      purpose: "PCR",
      expectsJson: index % 3 === 0,
    };
    const prompt = formatPrompt(request);
    const answer = teacherAnswer({ prompt, sample: 0 });
    return answer === null || answer.defect !== null
      ? []
      : [filteredRow(`bs-${index}`, prompt, answer.text, { group: groupOf(request) })];
  }).flat();
}

describe("the dataset", () => {
  it("has every row once, in all its files, with the split of its group", async () => {
    const source = Array.from({ length: 300 }, (_, index) =>
      filteredRow(`p${index}`, `Prompt ${index}`, "Mixed.", { group: `g${index % 90}` }),
    );
    const project = await setUp(source);
    const { result, rows, output } = await runWell(project);
    expect(rows.map(({ id }) => id)).toEqual(source.map(({ id }) => id));
    expect(await readParquet(project.path("data/processed/training/sft_dataset.parquet"), sftSchema)).toEqual(rows);
    const { split: shares } = project.nexa.packaging;
    for (const row of rows) expect(row.split).toBe(splitOf(row.metadata.group, shares));
    const bySplit = await Promise.all(
      splitNames.map(async (name) => {
        const lines = await Array.fromAsync(readJsonl(project.path(`data/processed/training/splits/${name}.jsonl`)));
        return lines.map(({ value }) => value as SftRow);
      }),
    );
    expect(bySplit).toEqual(splitNames.map((name) => rows.filter(({ split }) => split === name)));
    const groups = bySplit.map((split) => new Set(split.map(({ metadata }) => metadata.group)));
    expect(new Set(groups.flatMap((names) => [...names])).size).toBe(
      groups.reduce((sum, names) => sum + names.size, 0),
    );
    expect(result.outputs.map(({ path }) => path)).toEqual(packageStage.outputs(project));
    const counts = Object.fromEntries(splitNames.map((name, index) => [name, bySplit[index]?.length]));
    expect(result.counts).toMatchObject({ input: 300, groups: 90, ...counts });
    expect(output).toContain("train ");
  });

  it("moves no row to another split when rows are added or taken away", async () => {
    const source = Array.from({ length: 60 }, (_, index) => filteredRow(`p${index}`, "P", "A"));
    const splitsOf = async (rows: readonly FilteredRow[]) =>
      new Map((await runWell(await setUp(rows))).rows.map(({ id, split }) => [id, split]));
    const all = await splitsOf(source);
    const few = await splitsOf(source.toReversed().slice(0, 30));
    for (const [id, split] of few) expect(split).toBe(all.get(id));
  });

  it("keeps every text byte for byte", async () => {
    const project = await setUp(null, "{packaging: {split: {train: 1, validation: 0, test: 0}}}");
    const anyText = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(" \n\n a  b\t\r\n", "\u2028\0\ufeff", "```\n  x\n```\n"),
    );
    await fc.assert(
      fc.asyncProperty(anyText, anyText, anyText, async (system, prompt, answer) => {
        const row = filteredRow("a", prompt, `${answer}.`, { system });
        await writeParquet(project.path(project.filters.output), { schema: filteredSchema, rows: [row] });
        const { rows } = await runWell(project);
        const messages = [
          { role: "system", content: system },
          { role: "user", content: prompt },
          { role: "assistant", content: `${answer}.` },
        ];
        expect(rows[0]?.messages).toEqual(messages);
        const parquet = await readParquet(project.path("data/processed/training/sft_dataset.parquet"), sftSchema);
        expect(parquet[0]?.messages).toEqual(messages);
      }),
      { numRuns: 15 },
    );
  });

  it("carries the metadata", async () => {
    const { rows } = await runWell(
      await setUp(
        [filteredRow("a", "P", "A", { group: "p0" }), filteredRow("p1", "P", "A")],
        "{packaging: {split: {train: 1, validation: 0, test: 0}}}",
      ),
    );
    expect(rows[0]?.metadata).toEqual({
      sample: 0,
      category: "stock_dilution",
      group: "p0",
      teacher: "teacher",
      judge: "judge",
      judge_score: 0.9,
      prompt_tokens: null,
      completion_tokens: null,
    });
  });
});

const trainAll = "split: {train: 1, validation: 0, test: 0}";

describe("the system message", () => {
  const source = [filteredRow("a", "P", "A")];
  it("goes along", async () => {
    const { rows } = await runWell(await setUp(source, `{packaging: {${trainAll}}}`));
    expect(rows[0]?.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant"]);
  });
  it("stays out with include_system: false, and where the teacher was given none", async () => {
    const without = await runWell(await setUp(source, `{packaging: {include_system: false, ${trainAll}}}`));
    const none = await runWell(
      await setUp([filteredRow("a", "P", "A", { system: null })], `{packaging: {${trainAll}}}`),
    );
    for (const { rows } of [without, none])
      expect(rows[0]?.messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  });
});

describe("ids", () => {
  it("carry the sample where a prompt has several, together in one split", async () => {
    const source = [0, 1, 2].map((sample) => filteredRow("a", "P", `A${sample}`, { sample }));
    const { rows } = await runWell(await setUp(source, `{packaging: {${trainAll}}}`));
    expect(rows.map(({ id }) => id)).toEqual(["a#0", "a#1", "a#2"]);
  });
  it("that occur twice end the stage, with both rows named", async () => {
    const { result } = await run(
      await setUp([filteredRow("a", "P", "A"), filteredRow("b", "P", "A"), filteredRow("a", "Q", "B")]),
    );
    expect(result).toMatchObject({ code: "duplicate_id", row: 3, exitCode: 4 });
    expect((result as DataError).message).toContain("row 1");
  });
});

describe("the embedded student", () => {
  it("counts each row's tokens, and the loss is on the answer alone", async () => {
    const source = benchRows(60);
    const { rows, result, output } = await runWell(await setUp(source, `{packaging: {${trainAll}}}`), {
      student: "nexa:tiny",
    });
    expect(rows.length).toBe(source.length);
    for (const { metadata } of rows) {
      expect(metadata.prompt_tokens).toBeGreaterThan(5);
      expect(metadata.completion_tokens).toBeGreaterThan(20);
    }
    const tokens = result.details?.tokens as Record<string, number>;
    expect(tokens.min).toBeLessThanOrEqual(tokens.median ?? 0);
    expect(tokens.max).toBeLessThanOrEqual(128);
    expect(tokens.loss_share).toBeGreaterThan(0.5);
    expect(tokens.loss_share).toBeLessThan(1);
    expect(output).toContain("carry loss");
  });

  it.each([
    ["outside its vocabulary", "What is love?", "vocabulary"],
    ["with its special tokens in the text", "Prepare <|end|>", "special token"],
  ])("refuses a row %s, naming it, and writes nothing", async (_name, prompt, words) => {
    const [good] = benchRows(3) as [FilteredRow];
    const project = await setUp([good, filteredRow("odd", prompt, "42")], `{packaging: {${trainAll}}}`);
    const { result } = await run(project, { student: "nexa:tiny" });
    expect(result).toBeInstanceOf(DataError);
    expect((result as DataError).message).toContain(words);
    expect((result as DataError).message).toContain("odd");
    expect((result as DataError).hint).toBeTruthy();
    await expect(readdir(project.path("data/processed/training"))).rejects.toThrow("ENOENT");
  });

  it("where it only stands in, rows that it cannot take are packaged uncounted, with a warning safe for a terminal", async () => {
    const [good] = benchRows(3) as [FilteredRow];
    const hostile = "What \u009b31mis \u202elove?";
    const project = await setUp([good, filteredRow("odd", hostile, "42")], `{packaging: {${trainAll}}}`);
    const { rows, result, output } = await runWell(project, { student: "nexa:tiny", isOffline: true });
    expect(rows.map(({ metadata }) => metadata.prompt_tokens)).toEqual([null, null]);
    expect(rows[1]?.messages[1]?.content).toBe(hostile);
    expect(result.details?.tokens).toBeNull();
    expect(output).toContain("nexa:tiny cannot be trained on this dataset");
    expect(output).toContain("odd");
    expect(output).not.toMatch(/[\u009b\u202e]/);
  });

  it("refuses a row that is longer than its context", async () => {
    const [good] = benchRows(3) as [FilteredRow];
    const long = filteredRow("long", good.prompt, `${good.teacher_output}`.repeat(4));
    const { result } = await run(await setUp([long], `{packaging: {${trainAll}}}`), { student: "nexa:tiny" });
    expect(result).toMatchObject({ code: "student_data", row: 1, exitCode: 4 });
    expect((result as DataError).message).toContain("tokens");
  });

  it("takes a conversation of several answers, with the earlier ones as its prompt", async () => {
    const [good, other] = benchRows(5) as [FilteredRow, FilteredRow];
    const messages = [...good.messages, { role: "assistant" as const, content: "7" }, ...other.messages];
    const project = await setUp([{ ...other, messages }], `{packaging: {${trainAll}}}`);
    await run(project, { student: "nexa:tiny" });
    const [row] = await readParquet(project.path("data/processed/training/sft_dataset.parquet"), sftSchema);
    const alone = await setUp([other], `{packaging: {${trainAll}}}`);
    await run(alone, { student: "nexa:tiny" });
    const [single] = await readParquet(alone.path("data/processed/training/sft_dataset.parquet"), sftSchema);
    expect(row?.metadata.completion_tokens).toBe(single?.metadata.completion_tokens);
    expect(row?.metadata.prompt_tokens).toBeGreaterThan(single?.metadata.prompt_tokens ?? 0);
  });
});

describe("an input that cannot be packaged", () => {
  it("names what is missing", async () => {
    expect((await run(await setUp(null))).result).toMatchObject({ code: "missing_file", exitCode: 4 });
    expect((await run(await setUp([]))).result).toMatchObject({ code: "empty_file", exitCode: 4 });
  });
  it("refuses an empty train split with the remedy, and writes nothing", async () => {
    const project = await setUp(
      [filteredRow("a", "P", "A")],
      "{packaging: {split: {train: 0, validation: 0, test: 1}}}",
    );
    const { result } = await run(project);
    expect(result).toMatchObject({ code: "empty_train_split", exitCode: 4 });
    expect((result as DataError).hint).toContain("packaging.split.train");
    await expect(readdir(project.path("data/processed/training"))).rejects.toThrow("ENOENT");
  });
});

describe("a stranger's file", () => {
  it("is packaged as it is, several turns and all", async () => {
    const project = await setUp(null, `{packaging: {${trainAll}}}`);
    const path = join(project.dir, "theirs.jsonl");
    const messages = [
      { role: "user", content: "Hello" },
      { role: "assistant", content: " Hi\n" },
      { role: "user", content: "Mix A." },
      { role: "assistant", content: "Done.\n" },
    ];
    await writeJsonl(path, [{ messages }, { prompt: "P", teacher_output: "A" }]);
    const { rows } = await runWell(project, { inputOverride: path });
    expect(rows.map((row) => row.messages)).toEqual([
      messages,
      [
        { role: "user", content: "P" },
        { role: "assistant", content: "A" },
      ],
    ]);
  });
  it("without an answer in a row ends with that row and the remedy", async () => {
    const project = await setUp(null);
    const path = join(project.dir, "theirs.jsonl");
    await writeJsonl(path, [
      { prompt: "P", teacher_output: "A" },
      { prompt: "Q", teacher_output: null },
    ]);
    expect((await run(project, { inputOverride: path })).result).toMatchObject({
      code: "no_answer",
      row: 2,
      file: "theirs.jsonl",
    });
  });
});
