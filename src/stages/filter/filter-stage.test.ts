import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadProject, type Project } from "../../config/index.ts";
import { createReporter, DataError } from "../../core/index.ts";
import { defectNames, formatPrompt, groupOf, teacherAnswer } from "../../models/bench-science/index.ts";
import {
  filteredSchema,
  readParquet,
  rejectionSchema,
  type TeacherOutputRow,
  teacherOutputSchema,
  writeJsonl,
  writeParquet,
} from "../../records/index.ts";
import { manifestPath } from "../../records/manifest.ts";
import type { Choices, StageResult } from "../stage.ts";
import { filterStage } from "./filter-stage.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "nexa-filter-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const offlineJudge = { model: "nexa:verifier", isOffline: true, reason: "no key" };

function choicesWith(judge = offlineJudge): Choices {
  const none = { model: "nexa:tiny", isOffline: true, reason: null };
  return { teacher: none, student: none, judge, budgetUsd: null };
}

interface SetUp {
  readonly rows?: readonly TeacherOutputRow[];
  readonly filters?: string;
  readonly nexa?: string;
}

async function setUp({ rows, filters = "{}", nexa = "{}" }: SetUp): Promise<Project> {
  const dir = await mkdtemp(join(root, "project-"));
  const files = {
    "nexa_distill/configs/distill_config.yaml": "{}",
    "nexa_distill/configs/filters.yaml": filters,
    "nexa_train/configs/baseline_distill.yaml": "{}",
    "nexa.yaml": nexa,
    "nexa_distill/prompts/judge_rubric.md": "Score the answer from 0 to 1.\n",
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const project = await loadProject({ dir });
  if (rows !== undefined)
    await writeParquet(project.path(project.distill.output), { schema: teacherOutputSchema, rows });
  return project;
}

async function run(project: Project, options: { judge?: typeof offlineJudge; inputOverride?: string } = {}) {
  let output = "";
  const write = (text: string): boolean => {
    output += text;
    return true;
  };
  const stream = { write } as unknown as NodeJS.WritableStream;
  const reporter = createReporter({ label: "filter", stream, isLive: false });
  const { judge, inputOverride } = options;
  const context = { choices: choicesWith(judge), reporter, signal: new AbortController().signal, inputOverride };
  const result: StageResult | DataError = await filterStage.run(project, context).catch((error: unknown) => {
    if (error instanceof DataError) return error;
    throw error;
  });
  return { result, output };
}

async function runWell(project: Project, options?: Parameters<typeof run>[1]) {
  const { result, output } = await run(project, options);
  if (result instanceof DataError) throw result;
  const kept = await readParquet(project.path(project.filters.output), filteredSchema);
  const rejected = await readParquet(project.path(project.filters.rejections), rejectionSchema);
  return { result, output, kept, rejected };
}

function teacherRow(
  id: string,
  prompt: string,
  answer: string | null,
  changes: Partial<TeacherOutputRow> = {},
): TeacherOutputRow {
  return {
    id,
    sample: 0,
    prompt,
    messages: [{ role: "user", content: prompt }],
    system: "Be brief.",
    category: null,
    expects_json: false,
    reference: null,
    group: id,
    teacher_output: answer,
    reasoning: null,
    model: "nexa:bench-science",
    finish_reason: "stop",
    prompt_tokens: 0,
    completion_tokens: 0,
    cost_usd: 0,
    error: null,
    ...changes,
  };
}

/** Answers of the offline teacher, with the defect that each was given on purpose. */
function benchRows(count: number): { row: TeacherOutputRow; defect: string | null }[] {
  return Array.from({ length: count }, (_, index) => {
    const request = {
      volume: 40 * (1 + (index % 240)),
      unit: "mL" as const,
      finalMillimolar: 1 + (index % 12),
      stockMillimolar: (1 + (index % 12)) * ([2, 4, 5, 8, 10][index % 5] ?? 2),
      solute: "glucose",
      purpose: (["PCR", "ELISA", "titration"] as const)[Math.floor(index / 240) % 3] ?? "PCR",
      expectsJson: index % 3 === 0,
    };
    const prompt = formatPrompt(request);
    const answer = teacherAnswer({ prompt, sample: 0 });
    const changes = { group: groupOf(request), expects_json: request.expectsJson };
    return { row: teacherRow(`bs-${index}`, prompt, answer?.text ?? null, changes), defect: answer?.defect ?? null };
  });
}

const good = benchRows(40).filter(({ defect }) => defect === null);
const [first, second] = good.map(({ row }) => row) as [TeacherOutputRow, TeacherOutputRow];

const reasonOfDefect: Record<string, string> = {
  wrong_arithmetic: "low_judge_score",
  too_short: "too_few_characters",
  no_action_verb: "no_action_verb",
  citation: "citation",
  broken_json: "invalid_json",
  unsafe_instruction: "safety_flag",
};

describe("the gate over the offline teacher's answers", () => {
  it("finds every seeded defect for its own reason, and nothing else", async () => {
    const bench = benchRows(720);
    const { result, kept, rejected, output } = await runWell(await setUp({ rows: bench.map(({ row }) => row) }));
    const reasons = new Map(rejected.map((row) => [row.id, row.reasons]));
    const seen = new Set<string>();
    for (const { row, defect } of bench) {
      if (defect === null) expect(reasons.has(row.id), row.teacher_output ?? "").toBe(false);
      else expect(reasons.get(row.id), `${defect}: ${row.teacher_output}`).toContain(reasonOfDefect[defect]);
      if (defect !== null) seen.add(defect);
    }
    expect([...seen].toSorted()).toEqual([...defectNames].toSorted());
    expect(kept.length).toBe(bench.filter(({ defect }) => defect === null).length);
    expect(result.counts).toMatchObject({ input: 720, kept: kept.length, rejected: rejected.length, unjudged: 0 });
    expect(kept.every(({ judge, judge_score }) => judge === "nexa:verifier" && judge_score === 1)).toBe(true);
    for (const code of Object.values(reasonOfDefect)) expect(output).toContain(code);
  });

  it("gives each row the same verdict in any order, and keeps the order of the file", async () => {
    const rows = benchRows(60).map(({ row }) => row);
    const forwards = await runWell(await setUp({ rows }));
    const backwards = await runWell(await setUp({ rows: rows.toReversed() }));
    expect(forwards.kept.map(({ id }) => id)).toEqual(backwards.kept.map(({ id }) => id).toReversed());
    expect(new Map(forwards.rejected.map(({ id, reasons }) => [id, reasons]))).toEqual(
      new Map(backwards.rejected.map(({ id, reasons }) => [id, reasons])),
    );
  });
});

describe("reasons", () => {
  it("records every failing rule with its measure, in the rules' order", async () => {
    const rows = [first, teacherRow("bad", "P", "Known [3].", { finish_reason: "length" })];
    const { rejected } = await runWell(await setUp({ rows }));
    expect(rejected).toHaveLength(1);
    expect(rejected[0]?.reasons).toEqual([
      "truncated",
      "too_few_characters",
      "too_few_tokens",
      "no_action_verb",
      "citation",
    ]);
    expect(JSON.parse(rejected[0]?.reason_details ?? "")).toMatchObject({
      truncated: { finish_reason: "length" },
      too_few_characters: { characters: 10, minimum: 120 },
      too_few_tokens: { minimum: 80, tokenizer: "o200k_base" },
      citation: { text: "[3]", offset: 6 },
    });
  });

  it("keeps a whole rejected row: text, error and all", async () => {
    const row = teacherRow("none", "P\0\u001b[31m", null, { error: "timeout", finish_reason: "error" });
    const { rejected } = await runWell(await setUp({ rows: [row, first] }));
    expect(rejected).toEqual([
      expect.objectContaining({ ...row, reasons: ["empty"], judge_score: null, safety_flags: [] }),
    ]);
  });

  it("quotes no text of a row that holds a secret, whichever rule found it", async () => {
    const leak = teacherRow("leak", "P", "Fetch https://ann:Xk29pass99@files.lab.net/a first.");
    const { rejected, output } = await runWell(await setUp({ rows: [first, leak] }));
    expect(rejected[0]?.reasons).toEqual(expect.arrayContaining(["citation", "secret"]));
    expect(JSON.parse(rejected[0]?.reason_details ?? "")).toMatchObject({ citation: { kind: "url", text: null } });
    expect(rejected[0]?.reason_details).not.toContain("Xk29pass99");
    expect(output).not.toContain("Xk29pass99");
  });

  it("names the row that a duplicate repeats", async () => {
    const { rejected, kept } = await runWell(await setUp({ rows: [first, { ...first, id: "again" }, second] }));
    expect(kept.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(JSON.parse(rejected[0]?.reason_details ?? "")).toEqual({ duplicate: { of: first.id, sample: 0 } });
  });

  it("counts a funnel that ends with the kept rows", async () => {
    const rows = [first, second, teacherRow("a", "P", null), teacherRow("b", "Q", "Mix."), { ...first, id: "c" }];
    const { result } = await runWell(await setUp({ rows }));
    const funnel = result.details?.funnel as { rule: string; in: number; out: number }[];
    expect(funnel[0]).toEqual({ rule: "answer", in: 5, out: 4, alone: 1 });
    expect(funnel.find(({ rule }) => rule === "duplicates")).toEqual({ rule: "duplicates", in: 3, out: 2, alone: 1 });
    expect(funnel.at(-1)?.out).toBe(2);
    for (const [index, step] of funnel.entries()) expect(step.in).toBe(index === 0 ? 5 : funnel[index - 1]?.out);
    expect(result.reasons).toEqual({ duplicate: 1, empty: 1, too_few_characters: 1, too_few_tokens: 1 });
  });

  it("shows foreign text without its power over a terminal", async () => {
    const rows = [first, teacherRow("x\u001b[2J", "P", "\u001b[31mMix \u202edo\u0007\r\nit")];
    const { output } = await runWell(await setUp({ rows }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(output).toContain("too_few_characters: x");
  });
});

describe("an input that leaves nothing", () => {
  it("ends with exit 4, top reasons and remedy; the rejections can be read and the kept rows of before stay", async () => {
    const project = await setUp({ rows: [first] });
    await runWell(project);
    const before = await readFile(project.path(project.filters.output));
    for (const path of filterStage.outputs(project)) await writeFile(project.path(manifestPath(path)), "{}");
    await writeParquet(project.path(project.distill.output), {
      schema: teacherOutputSchema,
      rows: [teacherRow("a", "P", "Mix."), teacherRow("b", "P", "Mix it.")],
    });
    const { result } = await run(project);
    expect(result).toBeInstanceOf(DataError);
    expect(result).toMatchObject({ exitCode: 4, code: "nothing_kept" });
    expect((result as DataError).message).toContain("too_few_characters 2");
    expect((result as DataError).hint).toContain("basic.min_char_length");
    expect(await readParquet(project.path(project.filters.rejections), rejectionSchema)).toHaveLength(2);
    expect((await readFile(project.path(project.filters.output))).equals(before)).toBe(true);
    const left = await readdir(dirname(project.path(project.filters.output)));
    expect(left.toSorted()).toEqual(["filtered_v1.parquet", "rejections.parquet"]);
  });

  it("names the input that is missing, empty or of another shape", async () => {
    expect((await run(await setUp({}))).result).toMatchObject({ code: "missing_file", exitCode: 4 });
    expect((await run(await setUp({ rows: [] }))).result).toMatchObject({ code: "empty_file", exitCode: 4 });
  });
});

describe("a stranger's file", () => {
  it("is filtered as it is; prompts that the offline judge does not know stay unjudged", async () => {
    const project = await setUp({});
    const path = join(project.dir, "theirs.jsonl");
    const long =
      "Measure how often you think of one another, and how gladly. Prepare small gifts without an occasion, run errands that nobody asked " +
      "for, and mix patience into every quarrel. Compare notes on what hurt last year; test whether an apology still comes easily. Neither " +
      "flowers nor money settles it. Friends notice first, parents later, the two people themselves perhaps never. When illness arrives, " +
      "watch who stays through boring afternoons at the hospital, who brings soup, and who remembers the name of the nurse.";
    await writeJsonl(path, [
      { prompt: first.prompt, teacher_output: first.teacher_output },
      { prompt: "What is love?", teacher_output: long },
      {
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "Hello" },
        ],
      },
    ]);
    const { result, kept, rejected, output } = await runWell(project, { inputOverride: path });
    expect(kept.map(({ id }) => id)).toEqual(["row-1"]);
    expect(rejected.map(({ id, reasons }) => [id, reasons[0]])).toEqual([
      ["row-2", "unjudged"],
      ["row-3", "too_few_characters"],
    ]);
    expect(result.counts).toMatchObject({ input: 3, kept: 1, rejected: 1, unjudged: 1 });
    expect(output).toContain("1 unjudged");
  });
});

describe("the settings", () => {
  it("change with thresholds, judge and rubric, and leave out what is not used", async () => {
    const project = await setUp({ filters: "{sample_gate: {min_judge_score: 0, block_safety_flags: false}}" });
    expect(await filterStage.settings(project, choicesWith())).toHaveProperty("judge", null);
    const judged = await setUp({});
    const before = await filterStage.settings(judged, choicesWith());
    await writeFile(judged.path(judged.filters.judge.rubric_path), "Another rubric.");
    expect(await filterStage.settings(judged, choicesWith())).not.toEqual(before);
  });

  it("change with the procedure or the server behind the judge's name", async () => {
    const project = await setUp({});
    expect(await filterStage.settings(project, choicesWith())).toMatchObject({
      judge: { model: "nexa:verifier", identity: expect.stringMatching(/^nexa:verifier@[0-9a-f]{16}$/) },
    });
    const judge = { model: "j", isOffline: false, reason: "" };
    const settingsAt = async (port: number) => {
      const nexa = `{models: {j: {provider: openai-compatible, base_url: "http://127.0.0.1:${port}/v1"}}}`;
      return filterStage.settings(await setUp({ nexa }), choicesWith(judge));
    };
    expect(await settingsAt(1)).not.toEqual(await settingsAt(2));
    expect(await settingsAt(1)).toEqual(await settingsAt(1));
  });

  it("name the rubric that is missing", async () => {
    const project = await setUp({ rows: [first] });
    await rm(project.path(project.filters.judge.rubric_path));
    await expect(filterStage.settings(project, choicesWith())).rejects.toMatchObject({ code: "config", exitCode: 2 });
  });
});

describe("a judge behind a server", () => {
  /** Answers each request by what `reply` makes of its messages, and counts them. */
  async function serveJudge(reply: (messages: { role: string; content: string }[]) => string) {
    let calls = 0;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        calls++;
        const content = reply(JSON.parse(body).messages);
        const choice = { index: 0, message: { role: "assistant", content }, finish_reason: "stop" };
        const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
        response.setHeader("content-type", "application/json");
        response.end(
          JSON.stringify({ id: "x", object: "chat.completion", created: 0, model: "judge", choices: [choice], usage }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
      nexa: `{models: {judge: {provider: openai-compatible, base_url: "http://127.0.0.1:${port}/v1"}}}`,
      judge: { model: "judge", isOffline: false, reason: "" },
      calls: () => calls,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  const answers = good.slice(0, 6).map(({ row }) => row);
  const scoreOf = (content: string) => answers.findIndex(({ prompt }) => content.includes(prompt)) / 5;
  const scores = { correctness: 1, completeness: 1, form: 1 };
  const verdict = (score: number) => JSON.stringify({ score, scores, flags: [], rationale: "so" });

  it("re-gates with another threshold for nothing", async () => {
    await using served = await serveJudge((messages) => verdict(scoreOf(messages[1]?.content ?? "")));
    const project = await setUp({ rows: answers, nexa: served.nexa });
    const strict = await runWell(project, { judge: served.judge });
    expect(strict.kept.map(({ judge_score }) => judge_score)).toEqual([0.8, 1]);
    expect(served.calls()).toBe(6);
    const loose = await loadProject({ dir: project.dir, overrides: ["filters.sample_gate.min_judge_score=0.3"] });
    const again = await runWell(loose, { judge: served.judge });
    expect(again.kept.map(({ judge_score }) => judge_score)).toEqual([0.4, 0.6, 0.8, 1]);
    expect(served.calls()).toBe(6);
  });

  it("asks once more where the verdict does not parse, and leaves the row unjudged when that fails too", async () => {
    await using served = await serveJudge((messages) => {
      const score = scoreOf(messages[1]?.content ?? "");
      if (score === 0) return "I think it is fine.";
      if (score === 0.2) return messages.length > 2 ? verdict(0.9) : '{"score": 7, "flags": [], "rationale": "of ten"}';
      return `\`\`\`json\n${verdict(1)}\n\`\`\``;
    });
    const project = await setUp({ rows: answers, nexa: served.nexa });
    const { result, kept, rejected } = await runWell(project, { judge: served.judge });
    expect(served.calls()).toBe(8);
    expect(kept.map(({ judge_score }) => judge_score)).toEqual([0.9, 1, 1, 1, 1]);
    expect(result.counts).toMatchObject({ kept: 5, rejected: 0, unjudged: 1, verdicts_asked_again: 2 });
    expect(rejected[0]?.reasons).toEqual(["unjudged"]);
    expect(JSON.parse(rejected[0]?.reason_details ?? "")).toMatchObject({ unjudged: { code: "unparsed_verdict" } });
  });

  it("is shown the whole conversation where there is more than one turn", async () => {
    const asked: string[] = [];
    await using served = await serveJudge((messages) => {
      asked.push(JSON.parse(messages[1]?.content ?? "").request);
      return verdict(1);
    });
    const turns = [
      { role: "user" as const, content: "I have 40 mL." },
      { role: "assistant" as const, content: "Of what?" },
      { role: "user" as const, content: first.prompt },
    ];
    const rows = [first, { ...first, id: "long", messages: turns }];
    await runWell(await setUp({ rows, nexa: served.nexa }), { judge: served.judge });
    expect(asked.toSorted()).toEqual(
      [first.prompt, `user: I have 40 mL.\n\nassistant: Of what?\n\nuser: ${first.prompt}`].toSorted(),
    );
  });

  it("is not asked about rows that a free rule rejects, nor where no setting depends on it", async () => {
    await using served = await serveJudge(() => verdict(1));
    const rows = [first, teacherRow("short", "P", "Mix.")];
    await runWell(await setUp({ rows, nexa: served.nexa }), { judge: served.judge });
    expect(served.calls()).toBe(1);
    const filters = "{sample_gate: {enabled: false}}";
    const { kept } = await runWell(await setUp({ rows, nexa: served.nexa, filters }), { judge: served.judge });
    expect(served.calls()).toBe(1);
    expect(kept[0]).toMatchObject({ judge: null, judge_score: null });
  });
});
