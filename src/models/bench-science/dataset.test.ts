import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { createTinyTokenizer, renderTrainingRow } from "../../student/index.ts";
import { defectNames } from "./defects.ts";
import { groupOf, parseRequest, solve } from "./task.ts";
import { teacherAnswer } from "./teacher.ts";
import { verifyAnswer } from "./verifier.ts";

const file = "data/prompts/bench_science.jsonl";
const rows: { id: string; prompt: string; group: string; expects_json?: boolean; reference: string }[] = readFileSync(
  file,
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

const answers = rows.map(({ prompt }) => {
  const answer = teacherAnswer({ prompt, sample: 0 });
  if (answer === null) throw new Error(`The teacher does not know: ${prompt}`);
  return { prompt, ...answer };
});

test("the bundled prompts are what their script writes", () => {
  const dir = mkdtempSync(join(tmpdir(), "nexa-prompts-"));
  try {
    const out = join(dir, "prompts.jsonl");
    execFileSync(process.execPath, ["scripts/data/make-bench-science.ts", "--out", out]);
    expect(readFileSync(out, "utf8")).toBe(readFileSync(file, "utf8"));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("ids and prompts are distinct, and groups and references are the numbers of the prompt", () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(new Set(rows.map(({ prompt }) => prompt)).size).toBe(rows.length);
  for (const { prompt, group, reference, expects_json: expectsJson = false } of rows) {
    const request = parseRequest(prompt);
    if (request === null) throw new Error(`Not a request: ${prompt}`);
    expect([groupOf(request), String(solve(request).stockVolume), request.expectsJson]).toEqual([
      group,
      reference,
      expectsJson,
    ]);
  }
});

test("about one answer in eight has a defect, and every defect occurs", () => {
  const faulty = answers.filter(({ defect }) => defect !== null);
  expect(faulty.length / answers.length).toBeGreaterThan(0.11);
  expect(faulty.length / answers.length).toBeLessThan(0.14);
  expect(new Set(faulty.map(({ defect }) => defect))).toEqual(new Set(defectNames));
});

test("every good answer is correct and passes the gate's limits with room to spare", () => {
  for (const { prompt, text, defect } of answers) {
    if (defect !== null) continue;
    expect(verifyAnswer({ prompt, answer: text })).toMatchObject({ correct: true, score: 1, flags: [] });
    expect(text.length).toBeGreaterThanOrEqual(200);
    expect(encode(text).length).toBeGreaterThanOrEqual(82);
  }
});

test("the student's vocabulary holds every answer, the faulty ones too, and gives it back byte for byte", () => {
  const { tokenizer, template } = createTinyTokenizer();
  for (const { prompt, text } of answers) {
    const messages = [
      { role: "user", content: prompt },
      { role: "assistant", content: text },
    ] as const;
    const { ids } = renderTrainingRow(messages, { tokenizer, template });
    expect(tokenizer.decode(ids)).toBe(`<|user|>${prompt}<|assistant|>${text}<|end|>`);
  }
});
