import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../../../test/fake-provider/index.ts";
import { loadProject, type Project } from "../../config/index.ts";
import { createReporter } from "../../core/index.ts";
import { judgeMessages, loadTokenCounter } from "../../models/index.ts";
import { type TeacherOutputRow, teacherOutputSchema, writeParquet } from "../../records/index.ts";
import type { Choices } from "../stage.ts";
import { filterStage } from "./filter-stage.ts";
import { planFilter } from "./plan-filter.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-plan-filter-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const rubric = "Score the answer from 0 to 1.\n";

function createProject({ filters = "{}", nexa = "{}" } = {}): Promise<Project> {
  const files = {
    "nexa_distill/configs/distill_config.yaml": "{}",
    "nexa_distill/configs/filters.yaml": filters,
    "nexa_train/configs/baseline_distill.yaml": "{}",
    "nexa.yaml": nexa,
    "nexa_distill/prompts/judge_rubric.md": rubric,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return loadProject({ dir: folder });
}

/** Input a dollar, output two dollars a million tokens. */
function judgeAt({ baseUrl }: Pick<FakeProvider, "baseUrl">): string {
  return `models: {fake: {base_url: "${baseUrl}", price: {input_usd_per_million: 1, output_usd_per_million: 2}}}`;
}

function judgedBy(judge: Choices["judge"], budgetUsd: number | null = 1): Choices {
  return { teacher: judge, judge, student: judge, budgetUsd };
}

const fake = { model: "fake", isOffline: false, reason: null };
const nowhere = { baseUrl: "http://127.0.0.1:9/v1" };
const toCome = { rows: 40, promptTokens: 400, answerTokens: { low: 50, high: 200 } };

function teacherRow(index: number, answer: string): TeacherOutputRow {
  const prompt = `How is sample ${index} measured?`;
  return {
    id: `row-${index}`,
    sample: 0,
    prompt,
    messages: [{ role: "user", content: prompt }],
    system: null,
    category: null,
    expects_json: false,
    reference: null,
    group: `${index}`,
    teacher_output: answer,
    reasoning: null,
    model: "teacher",
    finish_reason: "stop",
    prompt_tokens: 10,
    completion_tokens: 100,
    cost_usd: 0,
    error: null,
  };
}

/** No two alike, and none that repeats itself. */
function longAnswer(index: number): string {
  const words = Array.from({ length: 90 }, (_, place) =>
    (Math.imul(place + 90 * index + 1, 0x9e3779b1) >>> 0).toString(36),
  );
  return `Measure sample ${index} well. ${words.join(" ")}`;
}

async function seal(project: Project, rows: readonly TeacherOutputRow[]): Promise<void> {
  await writeParquet(project.path(project.distill.output), { schema: teacherOutputSchema, rows });
}

describe("the plan for answers that are still to come", () => {
  it("puts rubric and message around each, from short answers to long ones, with verdicts up to max_tokens", async () => {
    const project = await createProject({ nexa: judgeAt(nowhere), filters: "judge: {max_tokens: 80}" });
    const around = (await loadTokenCounter()).messages(
      judgeMessages({ rubric, judged: { request: "", answer: "" }, criteria: project.filters.judge.criteria }),
    );
    const plan = await planFilter(project, judgedBy(fake), { toCome });
    const [low, high] = [40 * (around + 50) + 400, 40 * (around + 200) + 400];
    expect(plan).toMatchObject({
      rows: 40,
      calls: { toMake: 40, alreadyBought: 0 },
      tokens: { prompt: high, completionLow: 400, completionHigh: 3200 },
    });
    expect(plan.costUsd.low).toBeCloseTo((low + 2 * 400) / 1e6, 12);
    expect(plan.costUsd.high).toBeCloseTo((high + 2 * 3200) / 1e6, 12);
    expect(plan.lines[0]).toBe("judge fake: at most 40 calls, one for each answer that passes the free filters");
    expect(plan.lines[1]).toContain("400 to 3,200 completion tokens (up to max_tokens)");
  });

  it("says in one line that a free judge costs nothing", async () => {
    const project = await createProject({ nexa: 'models: {fake: {base_url: "http://127.0.0.1:9/v1", price: 0}}' });
    const { lines, costUsd } = await planFilter(project, judgedBy(fake), { toCome });
    expect(lines).toEqual(["judge fake: costs nothing"]);
    expect(costUsd).toEqual({ low: 0, high: 0, isKnown: true });
  });

  it("says besides what the configured judge would cost where the offline one stands in for it", async () => {
    const offline = { model: "nexa:verifier", isOffline: true, reason: "no key" };
    const { lines, costUsd } = await planFilter(await createProject(), judgedBy(offline, null), { toCome });
    expect(lines[0]).toBe("judge nexa:verifier: costs nothing");
    expect(lines[1]).toMatch(/^instead: judge gpt-4o-mini: at most 40 calls/);
    expect(lines.at(-1)).toMatch(/^instead: costs \$0[.]0/);
    expect(costUsd.high).toBe(0);
  });

  it("asks no judge where no setting depends on one, and knows no cost of one that cannot be used", async () => {
    const unjudged = await createProject({ filters: "sample_gate: {enabled: false}" });
    expect(await planFilter(unjudged, judgedBy(fake), { toCome })).toMatchObject({
      calls: { toMake: 0 },
      costUsd: { high: 0, isKnown: true },
    });
    const blocked = { ...fake, model: "nosuch:judge", blocked: { message: "no such provider", hint: undefined } };
    const project = await createProject();
    expect((await planFilter(project, judgedBy(blocked), { toCome })).costUsd.isKnown).toBe(false);
    await expect(planFilter(project, judgedBy({ ...fake, model: "nosuch:judge" }), { toCome })).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  it("names the rubric that is missing", async () => {
    const project = await createProject({ nexa: judgeAt(nowhere) });
    rmSync(project.path("nexa_distill/prompts/judge_rubric.md"));
    await expect(planFilter(project, judgedBy(fake), { toCome })).rejects.toMatchObject({
      message: expect.stringContaining("judge_rubric.md"),
    });
  });
});

describe("the plan for sealed answers", () => {
  it("counts just the calls that filtering then makes, and afterwards none; the verdicts teach it their length", async () => {
    const verdict = JSON.stringify({ score: 1, scores: {}, flags: [], rationale: "right" });
    const usage = { prompt_tokens: 500, completion_tokens: 33 };
    await using provider = await startFakeProvider({ reply: () => ({ kind: "answer", text: verdict, usage }) });
    const project = await createProject({ nexa: judgeAt(provider), filters: "judge: {criteria: []}" });
    const good = Array.from({ length: 25 }, (_, index) => teacherRow(index, longAnswer(index)));
    await seal(project, [...good, teacherRow(98, "Mix."), { ...teacherRow(0, longAnswer(0)), id: "twin" }]);
    const before = await planFilter(project, judgedBy(fake), { toCome: null });
    expect(before).toMatchObject({ rows: 27, calls: { toMake: 25, alreadyBought: 0 } });
    expect(provider.requests).toBe(0);

    const reporter = createReporter({ label: "filter", stream: new Writable({ write: (_a, _b, done) => done() }) });
    await filterStage.run(project, { choices: judgedBy(fake), reporter, signal: new AbortController().signal });
    expect(provider.answered).toBe(before.calls.toMake);
    expect(await planFilter(project, judgedBy(fake), { toCome: null })).toMatchObject({
      calls: { toMake: 0, alreadyBought: 25 },
      tokens: { prompt: 0, completionHigh: 0 },
      costUsd: { low: 0, high: 0, isKnown: true },
    });

    await seal(project, [...good, teacherRow(30, longAnswer(30)), teacherRow(31, longAnswer(31))]);
    const more = await planFilter(project, judgedBy(fake), { toCome: null });
    expect(more).toMatchObject({
      calls: { toMake: 2, alreadyBought: 25 },
      tokens: { completionLow: 59, completionHigh: 73 },
    });
    expect(more.lines[0]).toContain("2 calls (25 more are bought or sent already)");
    expect(more.lines[1]).toContain("33 an answer, by the 25 bought before");
  });
});
