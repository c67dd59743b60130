import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configDocuments, type FiltersConfig } from "../../../config/index.ts";
import { teacherAnswer } from "../../../models/bench-science/index.ts";
import { splitOf } from "../../../records/index.ts";
import type { Candidate, RuleOutcome } from "../rule.ts";
import { buildHeldOutIndex } from "./build-index.ts";
import { contaminationRule } from "./contamination-rule.ts";
import type { DecontaminationConfig } from "./held-out-index.ts";
import type { HeldOutText } from "./held-out-text.ts";

const { decontamination: defaults } = configDocuments.filters.schema.parse({}) as FiltersConfig;

interface Row {
  readonly request?: string;
  readonly answer?: string;
  readonly isTrainedOn?: boolean;
}

async function checker(texts: readonly (string | Partial<HeldOutText>)[], config: Partial<DecontaminationConfig> = {}) {
  const held = texts.map((text, index) => {
    const given = typeof text === "string" ? { text } : text;
    return { text: "", source: "test split", id: `t${index}`, ...given };
  });
  const rule = contaminationRule(await buildHeldOutIndex(held, { ...defaults, ...config }));
  return (row: Row): RuleOutcome => rule.check(candidate(row)) as RuleOutcome;
}

function candidate({ request = "", answer = "", isTrainedOn = true }: Row): Candidate {
  const row = { prompt: request, request, isTrainedOn, teacher_output: answer, finish_reason: "stop" };
  return {
    row: { ...row, completion_tokens: 0, error: null, expects_json: false },
    answer,
    sqlValues: [],
    wholeRow: null,
  };
}

const question =
  "A train leaves at nine and goes sixty miles an hour: how far has it come by noon, with one stop of ten minutes?";
const rest = "Some other words stand here, of which none is in it.";

describe("a held-out text", () => {
  it.each([
    ["alone", { request: question }],
    ["among other words", { request: `${rest} ${question} ${rest}` }],
    ["in the answer", { answer: `${rest} ${question}` }],
    ["in other case, punctuation and white space", { request: question.toUpperCase().replaceAll(/[:,?]? /g, " —\n") }],
  ])("is found %s, and named", async (_where, row: Row) => {
    const check = await checker([question, rest]);
    const { keep, ...failure } = (await checker([question]))(row) as Extract<RuleOutcome, { keep: false }>;
    expect(keep).toBe(false);
    const detail = { source: "test split", id: "t0", overlap: 1, excerpt: question };
    expect(failure).toEqual({ reason: "contaminated", detail });
    expect(check({ request: "Nothing of the kind." }).keep).toBe(true);
  });

  it("is always found where a row holds it", async () => {
    const text = fc
      .array(fc.constantFrom(..."abcdefgh日本".split("")), { minLength: 3, maxLength: 30 })
      .map((words) => words.join(" "));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 30 }), text, async (texts, other) => {
        const check = await checker(texts);
        for (const held of texts) {
          expect(check({ request: `${other}. ${held}. ${other}` }).keep).toBe(false);
          expect(check({ request: other, answer: `${other}:\n${held}\n` }).keep).toBe(false);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("is not found where none of its words is", async () => {
    const word = fc.constantFrom("a", "b", "c", "d");
    const texts = fc.array(
      fc.array(word, { minLength: 1, maxLength: 20 }).map((words) => words.join(" ")),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (list) => {
        expect((await checker(list))({ request: "w x y z w x y z", answer: "x y z w" }).keep).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("is found with a share of its n-grams, and not with less", async () => {
    const words = Array.from({ length: 100 }, (_, index) => `w${index}`);
    const check = await checker([words.join(" ")]);
    const without = (...places: number[]) => ({
      request: words.map((word, index) => (places.includes(index) ? "x" : word)).join(" "),
    });
    expect(check(without(50))).toMatchObject({ keep: false, detail: { overlap: 0.914 } });
    expect(check(without(30, 60))).toMatchObject({ keep: false, detail: { overlap: 0.828 } });
    expect(check(without(30, 60, 80)).keep).toBe(true);
    expect(check({ request: words.slice(0, 85).join(" ") }).keep).toBe(true);
    expect(check({ request: words.slice(0, 95).join(" ") }).keep).toBe(false);
  });

  it("concerns rows that are trained on, and a benchmark's every row", async () => {
    const check = await checker([question, { text: rest, source: "bench.jsonl", concernsEveryRow: true }]);
    expect(check({ request: question, isTrainedOn: false }).keep).toBe(true);
    expect(check({ request: question }).keep).toBe(false);
    expect(check({ request: rest, isTrainedOn: false })).toMatchObject({
      keep: false,
      detail: { source: "bench.jsonl" },
    });
    const both = await checker([question, { text: question, concernsEveryRow: true }]);
    expect(both({ request: question, isTrainedOn: false }).keep).toBe(false);
  });
});

describe("a short held-out text", () => {
  it("counts as a whole, as a sentence or line of its own", async () => {
    const check = await checker(["What is the boiling point of water?"]);
    expect(check({ request: "Tell me: what is the boiling point of water? Thanks" }).keep).toBe(false);
    expect(check({ request: "Q\nWhat is the boiling point of water\nA" }).keep).toBe(false);
    expect(check({ request: "I know what is the boiling point of water in Paris." }).keep).toBe(true);
    expect(check({ request: "What is the boiling point of salt water?" }).keep).toBe(true);
  });

  it("of one or two words must be all that is asked", async () => {
    const check = await checker(["Continue.", "日本"]);
    expect(check({ request: "continue", answer: "Well." }).keep).toBe(false);
    expect(check({ request: "日本", answer: "Well." }).keep).toBe(false);
    expect(check({ request: "Go on. Continue. More.", answer: "Continue." }).keep).toBe(true);
  });

  it("without a word is found nowhere", async () => {
    expect((await checker(["", "?!", "😀"]))({ request: "😀", answer: "?!" }).keep).toBe(true);
  });
});

describe("held-out texts of a template", () => {
  const report = (name: string, day: string) =>
    `Write a report on the ${name} of the last year for the board meeting on ${day}.`;

  it("do not match rows with another word in the place that matters, wherever that is", async () => {
    const check = await checker([report("sales", "Monday")]);
    expect(check({ request: report("sales", "Monday") }).keep).toBe(false);
    expect(check({ request: report("sales", "Friday") }).keep).toBe(true);
    expect(check({ request: report("costs", "Monday") }).keep).toBe(true);
    expect(check({ request: report("sales", "Monday").replace("Write", "Read") }).keep).toBe(true);
  });

  it("are looked for as a whole where no n-gram is theirs alone", async () => {
    const [names, days] = ["sales costs staff stock rents taxes".split(" "), "Monday Tuesday Friday Sunday".split(" ")];
    const all = names.flatMap((name) => days.map((day) => report(name, day)));
    const check = await checker(all, { max_texts_per_ngram: 1 });
    for (const text of all) expect(check({ request: text })).toMatchObject({ keep: false, detail: { excerpt: text } });
    expect(check({ request: `Please do this: ${all[0]}`, answer: rest }).keep).toBe(false);
    expect(check({ request: report("sales", "Saturday") }).keep).toBe(true);
  });

  it("are one text where they are samples of one prompt, and one group's where they are paraphrases", async () => {
    const check = await checker(Array.from({ length: 8 }, () => question));
    expect(check({ request: question.replace("miles", "kilometres an hour or miles") }).keep).toBe(true);
    expect(check({ request: `${question} ${rest}` }).keep).toBe(false);
    const paraphrases = "Say Tell Show Work Find"
      .split(" ")
      .map((verb) => ({ text: `${verb}: ${question} ${verb} it.` }));
    const cut = { request: `Say: ${question} It is for my homework.` };
    const grouped = await checker(
      paraphrases.map((text) => ({ ...text, group: "train" })),
      { min_overlap: 0.6 },
    );
    expect(grouped(cut).keep).toBe(false);
    expect((await checker(paraphrases, { min_overlap: 0.6 }))({ request: `Write: ${question} Do it.` }).keep).toBe(
      true,
    );
  });
});

describe("the bundled prompts, which are a template's", () => {
  const path = resolve(import.meta.dirname, "../../../../data/prompts/bench_science.jsonl");
  const prompts = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): { id: string; prompt: string; group: string } => JSON.parse(line));
  const isTest = ({ group }: { group: string }) =>
    splitOf(group, { train: 0.85, validation: 0.05, test: 0.1 }) === "test";

  it("have no row to train on that holds one of the test split, and every test prompt is found", async () => {
    const check = await checker(prompts.filter(isTest).map(({ id, prompt: text, group }) => ({ id, text, group })));
    for (const row of prompts) {
      const answer = teacherAnswer({ prompt: row.prompt, sample: 0 })?.text ?? "";
      expect(check({ request: row.prompt, answer }).keep).toBe(!isTest(row));
    }
  });
});

describe("the index", () => {
  it("serves another thread from the same memory", async () => {
    const index = await buildHeldOutIndex([{ text: question, source: "s", id: "i" }], defaults);
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(index);
    const clone = receiveMessageOnPort(port2)?.message;
    port1.close();
    expect(contaminationRule(clone).check(candidate({ request: question }))).toMatchObject({ keep: false });
    for (const array of [clone.words, clone.grams.values, clone.names.bytes])
      expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("takes hostile rows and texts in linear time", async () => {
    const check = await checker([question, "word ".repeat(200_000), "a. ".repeat(100_000), "word word", "a"]);
    for (const request of [
      "word ".repeat(1_000_000),
      "a. ".repeat(1_000_000),
      "😀".repeat(1_000_000),
      question.repeat(10_000),
    ]) {
      const startedAt = performance.now();
      check({ request, answer: request });
      expect(performance.now() - startedAt).toBeLessThan(30_000);
    }
  });
});
