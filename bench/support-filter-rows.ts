import { readFileSync } from "node:fs";
import { join } from "node:path";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { teacherAnswer } from "../src/models/bench-science/index.ts";
import type { TeacherOutputRow } from "../src/records/index.ts";

const promptsPath = join(import.meta.dirname, "../data/prompts/bench_science.jsonl");

/** The offline teacher's answers to the bundled prompts, defects and all; further samples of them past their number. */
export function dilutionAnswers(count: number): TeacherOutputRow[] {
  const prompts = readFileSync(promptsPath, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return Array.from({ length: count }, (_, index) => {
    const { id, prompt, expects_json = false } = prompts[index % prompts.length];
    const sample = Math.floor(index / prompts.length);
    return toRow({ id, prompt, sample, expects_json, answer: teacherAnswer({ prompt, sample })?.text ?? "" });
  });
}

const words = (
  "the buffer sample tube plate cell enzyme protein volume temperature solution pH gradient measure mix prepare incubate carefully " +
  "slowly twice minutes degrees because however therefore concentration centrifuge supernatant resuspend wash pellet absorbance " +
  "spectrophotometer calibrate control replicate uncertainty 0.5 12 37 250 1,000 mL µL °C nm rpm and of in to with at for until"
).split(" ");

/** Prose of 20 to 280 random words, some too short for the gate and some near its limits. */
export function proseAnswers(count: number): TeacherOutputRow[] {
  const random = xoroshiro128plus(7);
  return Array.from({ length: count }, (_, index) => {
    const length = uniformInt(random, 20, 280);
    const text = Array.from({ length }, (_, place) => {
      const word = words[uniformInt(random, 0, words.length - 1)] ?? "";
      return place % 12 === 11 ? `${word}.` : word;
    });
    return toRow({
      id: `prose-${index}`,
      prompt: `Question ${index}`,
      sample: 0,
      expects_json: false,
      answer: text.join(" "),
    });
  });
}

function toRow(
  given: Pick<TeacherOutputRow, "id" | "prompt" | "sample" | "expects_json"> & { answer: string },
): TeacherOutputRow {
  const { answer, prompt, ...row } = given;
  return {
    ...row,
    prompt,
    messages: [{ role: "user", content: prompt }],
    system: null,
    category: null,
    reference: null,
    group: row.id,
    teacher_output: answer,
    reasoning: null,
    model: "bench",
    finish_reason: "stop",
    prompt_tokens: 0,
    completion_tokens: 0,
    cost_usd: 0,
    error: null,
  };
}
