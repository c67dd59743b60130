import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../../../test/fake-provider/index.ts";
import { loadProject, type Project } from "../../config/index.ts";
import { createReporter } from "../../core/index.ts";
import { formatPrompt } from "../../models/bench-science/index.ts";
import { chooseModel } from "../../models/index.ts";
import { readParquet, teacherOutputSchema } from "../../records/index.ts";
import type { Choices, StageContext } from "../stage.ts";
import { generateStage } from "./generate-stage.ts";
import { planGenerate } from "./plan-generate.ts";

let folder: string;
let said: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-generate-"));
  said = "";
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const benchPrompts = Array.from({ length: 40 }, (_, index) => ({
  id: `p${index}`,
  prompt: formatPrompt({
    volume: 400 + index * 40,
    unit: "mL",
    finalMillimolar: 3,
    stockMillimolar: 12,
    solute: "urea",
    purpose: "PCR",
    expectsJson: index % 5 === 0,
  }),
}));

interface ProjectOptions {
  readonly prompts?: readonly object[];
  readonly nexa?: string;
  readonly overrides?: readonly string[];
}

async function createProject({
  prompts = benchPrompts,
  nexa = "{}",
  overrides = [],
}: ProjectOptions = {}): Promise<Project> {
  write("nexa_distill/configs/distill_config.yaml", "{}");
  write("nexa_distill/configs/filters.yaml", "{}");
  write("nexa_train/configs/baseline_distill.yaml", "{}");
  write("nexa.yaml", nexa);
  write("nexa_distill/prompts/teacher_system.md", "Work it out.\n");
  write("data/prompts/bench_science.jsonl", prompts.map((prompt) => `${JSON.stringify(prompt)}\n`).join(""));
  return loadProject({ dir: folder, overrides });
}

async function choose(project: Project, budgetUsd: number | null = null): Promise<Choices> {
  const teacher = await chooseModel({
    role: "teacher",
    ...project.distill.teacher,
    budgetUsd,
    models: project.nexa.models,
    env: {},
  });
  return { teacher, judge: teacher, student: teacher, budgetUsd };
}

async function run(project: Project, choices: Choices, more: Partial<StageContext> = {}) {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      said += chunk;
      done();
    },
  });
  const reporter = createReporter({ label: "generate", stream });
  return generateStage.run(project, { choices, reporter, signal: new AbortController().signal, ...more });
}

function readRows(project: Project) {
  return readParquet(project.path(project.distill.output), teacherOutputSchema);
}

describe("with the offline teacher", () => {
  it("writes one row per prompt and sample, in order, at no cost", async () => {
    const project = await createProject({ overrides: ["samples_per_prompt=2"] });
    const result = await run(project, await choose(project));
    expect(result).toMatchObject({ counts: { prompts: 40, answers: 80, failed: 0, from_ledger: 0 }, costUsd: 0 });
    const rows = await readRows(project);
    expect(rows.map(({ id, sample }) => `${id}/${sample}`)).toEqual(
      benchPrompts.flatMap(({ id }) => [`${id}/0`, `${id}/1`]),
    );
    expect(rows[0]).toMatchObject({
      system: "Work it out.",
      model: "nexa:bench-science",
      finish_reason: "stop",
      error: null,
      cost_usd: 0,
    });
    expect(rows[0]?.messages).toEqual([{ role: "user", content: benchPrompts[0]?.prompt }]);
    expect(rows.every((row) => row.prompt_tokens > 20 && row.completion_tokens > 5)).toBe(true);
    expect(
      new Set(rows.filter(({ id }) => id === "p3").map(({ teacher_output }) => teacher_output)).size,
    ).toBeGreaterThanOrEqual(1);
  });

  it("writes the same bytes again from the ledger", async () => {
    const project = await createProject();
    const choices = await choose(project);
    await run(project, choices);
    const before = await readRows(project);
    rmSync(project.path(project.distill.output));
    expect(await run(project, choices)).toMatchObject({ counts: { from_ledger: 40 } });
    expect(await readRows(project)).toEqual(before);
  });

  it("refuses prompts that it does not know before any call, naming the key and the budget", async () => {
    const project = await createProject({
      prompts: [...benchPrompts, { prompt: "Why is the sky \u001b[31mblue?" }, { prompt: "And the sea?" }],
    });
    await expect(run(project, await choose(project))).rejects.toMatchObject({
      exitCode: 2,
      code: "unknown_prompt",
      message:
        'data/prompts/bench_science.jsonl:41: nexa:bench-science knows bench-science requests alone, not "Why is the sky blue?", and 1 more prompts like it',
      hint: expect.stringMatching(/OPENAI_API_KEY.*budget/),
    });
    await expect(readRows(project)).rejects.toMatchObject({ code: "missing_file" });
  });

  it("needs its system prompt", async () => {
    const project = await createProject();
    rmSync(project.path("nexa_distill/prompts/teacher_system.md"));
    await expect(run(project, await choose(project))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("teacher_system.md"),
    });
  });
});

describe("with a server", () => {
  const questions = Array.from({ length: 30 }, (_, index) => ({ id: `q${index}`, prompt: `question ${index}` }));

  async function withProvider<T>(
    provider: FakeProvider,
    price: string,
    use: (project: Project) => Promise<T>,
  ): Promise<T> {
    await using _ = provider;
    const nexa = `models: {fake: {base_url: "${provider.baseUrl}", price: ${price}}}`;
    return await use(
      await createProject({
        prompts: [...questions, { id: "twin", prompt: "question 0" }],
        nexa,
        overrides: ["teacher.model=fake", "max_retries=1"],
      }),
    );
  }

  it("makes rows of failures, filtered and empty answers: asked = answered + failed", async () => {
    const provider = await startFakeProvider({
      latencyMs: 3,
      reply(_request, { prompt }) {
        if (prompt === "question 3")
          return { kind: "status", status: 400, body: { error: { message: "not this one" } } };
        if (prompt === "question 4") return { kind: "answer", text: "partial", finishReason: "content_filter" };
        return { kind: "answer", text: prompt === "question 5" ? " " : `Answer to ${prompt}` };
      },
    });
    await withProvider(provider, "0", async (project) => {
      const result = await run(project, await choose(project));
      expect(result.counts).toEqual({ prompts: 31, answers: 28, failed: 3, from_ledger: 1 });
      const rows = await readRows(project);
      expect(
        rows.filter(({ error }) => error !== null).map(({ id, teacher_output, error }) => [id, teacher_output, error]),
      ).toEqual([
        ["q3", null, "bad_request: 400 not this one"],
        ["q4", null, "content_filter: the provider's content filter stopped the answer"],
        ["q5", null, "empty: the answer has no text (stop)"],
      ]);
      expect(said).toContain("3 rows have no answer: bad_request 1, content_filter 1, empty 1");
    });
  });

  it("stops at the budget and goes on from there with a higher one, buying nothing twice", async () => {
    const provider = await startFakeProvider({
      reply: (_request, { prompt }) => ({
        kind: "answer",
        text: prompt,
        usage: { prompt_tokens: 10, completion_tokens: 10 },
      }),
    });
    await withProvider(provider, "{input_usd_per_million: 1, output_usd_per_million: 1}", async (project) => {
      const tight = await choose(project, 0.001);
      expect(tight.teacher).toEqual({ model: "fake", isOffline: false, reason: null });
      await expect(run(project, tight)).rejects.toMatchObject({ exitCode: 5 });
      const bought = provider.answered;
      expect(bought).toBeGreaterThan(0);
      const result = await run(project, await choose(project, 1));
      expect(result.counts).toMatchObject({ answers: 31, failed: 0, from_ledger: bought + 1 });
      expect(result.costUsd).toBeCloseTo(30 * 20e-6, 9);
      const rows = await readRows(project);
      expect(rows.reduce((sum, { cost_usd }) => sum + cost_usd, 0)).toBeCloseTo(30 * 20e-6, 9);
      expect([...provider.answeredByBody.values()].every((times) => times === 1)).toBe(true);
    });
  });

  it("ends with the provider's error and no output where nothing was answered", async () => {
    const provider = await startFakeProvider({ apiKey: "right" });
    await withProvider(provider, "0", async (project) => {
      await expect(run(project, await choose(project))).rejects.toMatchObject({ exitCode: 3, code: "bad_key" });
      await expect(readRows(project)).rejects.toMatchObject({ code: "missing_file" });
    });
  });
});

describe("the plan", () => {
  it("names calls, tokens and cost of the chosen and of the configured teacher, and what is bought already", async () => {
    const project = await createProject();
    const choices = await choose(project);
    const before = await planGenerate(project, choices);
    expect(before).toMatchObject({
      rows: 40,
      calls: { toMake: 40, alreadyBought: 0 },
      costUsd: { low: 0, high: 0, isKnown: true },
    });
    expect(before.lines.join("\n")).toMatch(
      /instead: gpt-4o-mini: 40 calls for 40 rows from 40 prompts\n.*prompt tokens.*\ninstead: costs \$/,
    );
    await run(project, choices);
    expect((await planGenerate(project, choices)).calls).toEqual({ toMake: 0, alreadyBought: 40 });
  });

  it("says of how many prompts the offline teacher knows nothing", async () => {
    const project = await createProject({ prompts: [...benchPrompts, { prompt: "Why is the sky blue?" }] });
    const { lines } = await planGenerate(project, await choose(project));
    expect(lines.join("\n")).toContain("it does not know 1 of the prompts");
  });
});

describe("the settings", () => {
  it("depend on sampling and system prompt, not on batch size, concurrency or budget", async () => {
    const settingsWith = async (...overrides: string[]) => {
      const project = await createProject({ overrides });
      return JSON.stringify(await generateStage.settings(project, await choose(project)));
    };
    const plain = await settingsWith();
    expect(await settingsWith("batch_size=3", "max_concurrency=5", "budget_usd=1")).toBe(plain);
    expect(await settingsWith("teacher.temperature=0.1")).not.toBe(plain);
    const project = await createProject();
    write("nexa_distill/prompts/teacher_system.md", "Another one.");
    expect(JSON.stringify(await generateStage.settings(project, await choose(project)))).not.toBe(plain);
  });
});
