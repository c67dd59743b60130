import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ChatRequest, type FakeProviderOptions, startFakeProvider } from "../../../test/fake-provider/index.ts";
import { loadProject, type Project } from "../../config/index.ts";
import { createReporter } from "../../core/index.ts";
import { readParquet, teacherOutputSchema } from "../../records/index.ts";
import type { StageContext } from "../stage.ts";
import { generateStage } from "./generate-stage.ts";

let folder: string;
let said: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-answers-"));
  said = "";
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

interface SessionOptions extends Pick<FakeProviderOptions, "reply"> {
  readonly price?: string;
  readonly overrides?: readonly string[];
}

/** A project with a server of its own, to be run as often as is wanted. */
async function openSession({ reply, price = "0", overrides = [] }: SessionOptions) {
  const requests: ChatRequest[] = [];
  const provider = await startFakeProvider({
    reply(request, context) {
      requests.push(request);
      return reply?.(request, context) ?? { kind: "answer", text: `Answer to ${context.prompt}` };
    },
  });
  for (const name of [
    "nexa_distill/configs/distill_config",
    "nexa_distill/configs/filters",
    "nexa_train/configs/baseline_distill",
  ])
    write(`${name}.yaml`, "{}");
  write("nexa.yaml", `models: {fake: {base_url: "${provider.baseUrl}", price: ${price}}}`);
  write("nexa_distill/prompts/teacher_system.md", "Work it out.\n");
  const load = (more: readonly string[] = []): Promise<Project> =>
    loadProject({ dir: folder, overrides: ["teacher.model=fake", "max_retries=0", ...overrides, ...more] });
  const run = async (more: Partial<StageContext> = {}, project?: Project) => {
    const stream = new Writable({
      write(chunk, _encoding, done) {
        said += chunk;
        done();
      },
    });
    const teacher = { model: "fake", isOffline: false, reason: null };
    const choices = { teacher, judge: teacher, student: teacher, budgetUsd: price === "0" ? null : 1 };
    const reporter = createReporter({ label: "generate", stream });
    const signal = new AbortController().signal;
    const used = project ?? (await load());
    const result = await generateStage.run(used, { choices, reporter, signal, ...more });
    const rows = await readParquet(used.path(used.distill.output), teacherOutputSchema);
    return { result, rows };
  };
  return { provider, requests, load, run, [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose]() };
}

const prompts = (count: number): string =>
  Array.from(
    { length: count },
    (_, index) => `${JSON.stringify({ id: `q${index}`, prompt: `question ${index}` })}\n`,
  ).join("");

describe("the input", () => {
  it("may be CSV over many files with a template; rows come in the files' order", async () => {
    write("in/b.csv", "title,text\nThird,c\n");
    write("in/a.csv", 'title,text\nFirst,"a, with\ntwo lines"\nSecond,b\n');
    const overrides = ["prompts=in/*.csv", 'prompt_template="{{ title }}: {{ text }}"'];
    await using session = await openSession({ overrides });
    const { rows, result } = await session.run();
    expect(rows.map(({ prompt, teacher_output }) => [prompt, teacher_output])).toEqual(
      ["First: a, with\ntwo lines", "Second: b", "Third: c"].map((prompt) => [prompt, `Answer to ${prompt}`]),
    );
    expect(result.outputs[0]?.rows).toBe(3);
    expect(generateStage.inputs(await session.load(), {} as never).map(({ path }) => path)).toEqual([
      "in/a.csv",
      "in/b.csv",
    ]);
  });

  it("with a fault is told before the first call", async () => {
    write("data/prompts/bench_science.jsonl", `${prompts(3)}{"prompt": 5}\n{"id": "q0", "prompt": "again"}\n`);
    await using session = await openSession({});
    await expect(session.run()).rejects.toMatchObject({ exitCode: 4, row: 4 });
    expect(session.requests).toEqual([]);
  });

  it("that changes while it is asked is an error, and what was bought is kept", async () => {
    write("data/prompts/bench_science.jsonl", prompts(20));
    await using session = await openSession({
      reply(_request, { prompt, index }) {
        if (index === 0) write("data/prompts/bench_science.jsonl", prompts(21));
        return { kind: "answer", text: prompt };
      },
    });
    await expect(session.run()).rejects.toMatchObject({ exitCode: 4, code: "input_changed" });
    const { result } = await session.run();
    expect(result.counts).toMatchObject({ prompts: 21, answers: 21 });
    expect(session.provider.bill.billedTwice).toEqual([]);
  });
});

describe("sampling", () => {
  it("is sent as it is set, and is part of the settings only then", async () => {
    write("data/prompts/bench_science.jsonl", prompts(1));
    const overrides = ["teacher.stop=[END]", "teacher.reasoning_effort=low", "teacher.seed=7", "teacher.top_p=0.9"];
    await using session = await openSession({ overrides });
    await session.run();
    expect(session.requests[0]).toMatchObject({ stop: ["END"], reasoning_effort: "low", seed: 7, top_p: 0.9 });
    const choices = { teacher: { model: "fake", isOffline: false, reason: null } } as never;
    const settings = await generateStage.settings(await session.load(), choices);
    expect(settings).toMatchObject({ sampling: { stop: ["END"], reasoning_effort: "low" } });
    const plain = await session.load(["teacher.stop=[]", "teacher.reasoning_effort=null"]);
    expect(JSON.stringify(await generateStage.settings(plain, choices))).not.toMatch(/stop|reasoning|schema|"input"/);
  });
});

describe("reasoning", () => {
  it("stands apart from the answer, and an answer that it leaves no tokens for is a failure", async () => {
    write("data/prompts/bench_science.jsonl", prompts(3));
    await using session = await openSession({
      reply(_request, { prompt }) {
        if (prompt === "question 0") return { kind: "answer", text: "<think>Let me see.</think>\n\nFour." };
        if (prompt === "question 1") return { kind: "answer", text: "<think>Let me", finishReason: "length" };
        return { kind: "answer", text: "Five.", reasoning: "I know." };
      },
    });
    const { rows } = await session.run();
    expect(rows.map(({ teacher_output, reasoning, error }) => [teacher_output, reasoning, error])).toEqual([
      ["Four.", "Let me see.", null],
      [null, "Let me", "truncated_reasoning: max_tokens ended before the reasoning did"],
      ["Five.", "I know.", null],
    ]);
  });
});

describe("a response schema", () => {
  const schema = {
    type: "object",
    properties: { answer: { type: "integer" } },
    required: ["answer"],
    additionalProperties: false,
  };

  it("is sent, and an answer that breaks it is a row without one and with the reason", async () => {
    write("data/prompts/bench_science.jsonl", prompts(3));
    write("answer.schema.json", JSON.stringify(schema));
    await using session = await openSession({
      overrides: ["teacher.response_schema_path=answer.schema.json"],
      reply(_request, { prompt }) {
        if (prompt === "question 0") return { kind: "answer", text: '{"answer": 4}' };
        return { kind: "answer", text: prompt === "question 1" ? '{"answer": "four"}' : "Four, I think." };
      },
    });
    const { rows, result } = await session.run();
    expect(JSON.stringify(session.requests[0]?.response_format)).toContain(JSON.stringify(schema));
    expect(rows.map(({ teacher_output, expects_json, error }) => [teacher_output, expects_json, error])).toEqual([
      ['{"answer": 4}', true, null],
      [null, true, "json_schema: /answer must be integer"],
      [null, true, expect.stringMatching(/^invalid_json: Unexpected token/)],
    ]);
    expect(result.counts).toMatchObject({ answers: 1, failed: 2 });
    expect(result.details).toMatchObject({ failures: { json_schema: 1, invalid_json: 1 } });
    expect(said).toContain("2 rows have no answer: json_schema 1, invalid_json 1.");
    expect(said).toContain("json_schema, e.g. q1: /answer must be integer");
  });
});

describe("--retry-failed", () => {
  it("asks what failed, was filtered or was empty once more, and nothing else; a row costs all that it took", async () => {
    write("data/prompts/bench_science.jsonl", prompts(5));
    let isWell = false;
    await using session = await openSession({
      price: "{input_usd_per_million: 1000, output_usd_per_million: 1000}",
      reply(_request, { prompt }) {
        const usage = { prompt_tokens: 1, completion_tokens: 1 };
        if (isWell && prompt !== "question 3") return { kind: "answer", text: `At last ${prompt}`, usage };
        if (prompt === "question 1") return { kind: "error", error: "bad_request" };
        if (prompt === "question 2") return { kind: "answer", text: "", finishReason: "content_filter", usage };
        if (prompt === "question 3") return { kind: "answer", text: " ", usage };
        return { kind: "answer", text: `Answer to ${prompt}`, usage };
      },
    });
    const first = await session.run();
    expect(first.rows.map(({ error }) => error?.split(":")[0] ?? null)).toEqual([
      null,
      "bad_request",
      "content_filter",
      "empty",
      null,
    ]);
    isWell = true;
    const asked = session.requests.length;
    await session.run();
    expect(session.requests.length).toBe(asked);

    const again = await session.run({ retryFailed: true });
    expect(
      session.requests
        .slice(asked)
        .map(({ messages }) => messages.at(-1)?.content)
        .sort(),
    ).toEqual(["question 1", "question 2", "question 3"]);
    expect(again.rows.map(({ teacher_output, error }) => teacher_output ?? error)).toEqual([
      "Answer to question 0",
      "At last question 1",
      "At last question 2",
      "empty: the answer has no text (stop)",
      "Answer to question 4",
    ]);
    expect(again.rows.map(({ cost_usd }) => cost_usd)).toEqual([0.002, 0.002, 0.004, 0.004, 0.002]);

    // A later run without the flag finds the same rows, and asks nobody.
    const later = await session.run();
    expect(later.rows).toEqual(again.rows);
    expect(session.requests.length).toBe(asked + 3);
  });
});
