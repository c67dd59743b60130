import { readFileSync } from "node:fs";
import { join } from "node:path";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { formatPrompt, parseRequest, teacherAnswer } from "../../src/models/bench-science/index.ts";
import { purposes, solutes } from "../../src/models/bench-science/task.ts";
import type { TeacherOutputRow } from "../../src/records/index.ts";
import { createProse, type Prose } from "./prose.ts";

const promptsPath = join(import.meta.dirname, "../../data/prompts/bench_science.jsonl");

/** Kinds of answers in a hundred rows. */
const mix = {
  prose: 60,
  science: 8,
  short: 6,
  cited: 10,
  verbless: 4,
  atBounds: 8,
  repeated: 2,
  nearlyRepeated: 2,
} as const;
type Kind = keyof typeof mix;
const kinds = Object.entries(mix).flatMap(([kind, count]) => Array<Kind>(count).fill(kind as Kind));

/** How far back a repeated row lies, so that no more rows than these are remembered. */
const remembered = 4_096;

/**
 * So many rows as a teacher would have answered, about 900 bytes an answer: prose with action verbs, bench-science answers, short ones, ones
 * with citations, ones without a verb, ones at the bounds of the original's lengths, and 4% that repeat an earlier row wholly or but for a word.
 * About two thirds pass the original's four rules. All white space is blanks and newlines, so that Python, Rust, RE2 and JavaScript agree on it.
 * Equal counts give equal rows, and a smaller count gives the first of a larger one.
 */
export function* gateRows(count: number): Generator<TeacherOutputRow> {
  const random = xoroshiro128plus(7);
  const pick = (from: number, to: number): number => uniformInt(random, from, to);
  const prose = createProse(pick);
  const science = scienceRequests(pick);
  const recent: { prompt: string; answer: string }[] = [];
  for (let index = 0; index < count; index++) {
    const kind = index < remembered ? "prose" : (kinds[pick(0, kinds.length - 1)] ?? "prose");
    const earlier = recent[pick(0, Math.max(0, recent.length - 1))];
    const made = makeRow(kind, { index, pick, prose, science, earlier });
    recent[index % remembered] = made;
    yield toRow({ id: `row-${index}`, sample: 0, expects_json: false, ...made });
  }
}

interface Making {
  readonly index: number;
  readonly pick: (from: number, to: number) => number;
  readonly prose: Prose;
  readonly science: () => { prompt: string; answer: string };
  readonly earlier: { readonly prompt: string; readonly answer: string } | undefined;
}

function makeRow(kind: Kind, { index, pick, prose, science, earlier }: Making): { prompt: string; answer: string } {
  const prompt = `Question ${index}: ${prose.sentence()}`;
  const paragraphs = (): string => prose.text(pick(600, 1_500));
  switch (kind) {
    case "science":
      return science();
    case "short":
      return { prompt, answer: prose.text(pick(10, 300)) };
    case "cited":
      return { prompt, answer: prose.withCitation(paragraphs()) };
    case "verbless":
      return { prompt, answer: prose.verbless(pick(600, 1_500)) };
    case "atBounds":
      return { prompt, answer: prose.stretched(pick(0, 1) === 0 ? pick(116, 124) : pick(312, 322)) };
    case "repeated":
      return earlier === undefined ? { prompt, answer: paragraphs() } : earlier;
    case "nearlyRepeated":
      if (earlier === undefined) return { prompt, answer: paragraphs() };
      return { prompt: earlier.prompt, answer: prose.changeWord(earlier.answer) };
    case "prose":
      return { prompt, answer: paragraphs() };
  }
}

/** Requests of the bundled task's kind that are not among the bundled ones, with the offline teacher's answers. */
function scienceRequests(pick: Making["pick"]): Making["science"] {
  const requests = bundledPrompts().flatMap(({ prompt }) => parseRequest(prompt) ?? []);
  return () => {
    const base = requests[pick(0, requests.length - 1)];
    if (base === undefined) throw new Error(`${promptsPath} holds no request of the bundled task`);
    const factor = base.stockMillimolar / base.finalMillimolar;
    const finalMillimolar = pick(1, 12);
    const [solute = "", purpose = ""] = [solutes[pick(0, solutes.length - 1)], purposes[pick(0, purposes.length - 1)]];
    const request = { ...base, finalMillimolar, stockMillimolar: finalMillimolar * factor, solute, purpose };
    const prompt = formatPrompt(request);
    return { prompt, answer: teacherAnswer({ prompt, sample: 0 })?.text ?? "" };
  };
}

function bundledPrompts(): { id: string; prompt: string; expects_json?: boolean }[] {
  const lines = readFileSync(promptsPath, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** The offline teacher's answers to the bundled prompts, defects and all; further samples of them past their number. */
export function dilutionAnswers(count: number): TeacherOutputRow[] {
  const prompts = bundledPrompts();
  return Array.from({ length: count }, (_, index) => {
    const { id, prompt, expects_json = false } = prompts[index % prompts.length] ?? { id: "", prompt: "" };
    const sample = Math.floor(index / prompts.length);
    return toRow({ id, prompt, sample, expects_json, answer: teacherAnswer({ prompt, sample })?.text ?? "" });
  });
}

/** Prose of 100 to 1,800 characters, some of it too short for the gate and some near its limits. */
export function proseAnswers(count: number): TeacherOutputRow[] {
  const random = xoroshiro128plus(7);
  const pick = (from: number, to: number): number => uniformInt(random, from, to);
  const prose = createProse(pick);
  return Array.from({ length: count }, (_, index) =>
    toRow({
      id: `prose-${index}`,
      prompt: `Question ${index}`,
      sample: 0,
      expects_json: false,
      answer: prose.text(pick(100, 1_800)),
    }),
  );
}

function toRow(
  given: Pick<TeacherOutputRow, "id" | "prompt" | "sample" | "expects_json"> & { readonly answer: string },
): TeacherOutputRow {
  const { answer, prompt, ...row } = given;
  return {
    ...row,
    prompt,
    messages: [{ role: "user", content: prompt }],
    system: null,
    category: null,
    reference: null,
    group: prompt,
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
