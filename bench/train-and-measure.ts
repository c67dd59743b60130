// Shared by the benchmarks of the embedded student: train with one seed, then answer the unseen requests.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TinySchedule } from "../src/config/tiny-schedule.ts";
import { parseRequest, verifyAnswer } from "../src/models/bench-science/index.ts";
import { answerParts, formatAnswer } from "../src/models/bench-science/wording.ts";
import { readJsonl, splitOf } from "../src/records/index.ts";
import { type TrainRow, trainEmbedded } from "../src/stages/train/embedded/index.ts";
import { type Checkpoint, createDecoder, loadCheckpoint, untrainedCheckpoint } from "../src/student/index.ts";

/** The shares of nexa.yaml. */
export const shares = { train: 0.85, validation: 0.05, test: 0.1 };

export interface BenchPrompt {
  readonly id: string;
  readonly prompt: string;
  readonly group: string;
}

export async function readPrompts(file: string | undefined): Promise<BenchPrompt[]> {
  const prompts: BenchPrompt[] = [];
  const path = file ?? resolve(import.meta.dirname, "../data/prompts/bench_science.jsonl");
  for await (const { value } of readJsonl(path)) prompts.push(value as BenchPrompt);
  return prompts;
}

export const testPrompts = (prompts: readonly BenchPrompt[]): BenchPrompt[] =>
  prompts.filter(({ group }) => splitOf(group, shares) === "test");

/** Fails where a request's volume and factor occur in training: such a measurement would be worth nothing. */
export function assertUnseen(prompts: readonly BenchPrompt[], rows: readonly TrainRow[]): void {
  const numbers = (prompt: string) => {
    const request = parseRequest(prompt);
    return request === null ? prompt : `${request.volume}/${request.stockMillimolar / request.finalMillimolar}`;
  };
  const seen = new Set(
    rows.map(({ messages }) => numbers(messages.findLast(({ role }) => role === "user")?.content ?? "")),
  );
  const known = prompts.find(({ prompt }) => seen.has(numbers(prompt)));
  if (known !== undefined) throw new Error(`The numbers of test prompt ${known.id} occur in training.`);
}

export interface Measurement {
  /** Share of the greedy answers that the verifier finds correct. */
  readonly accuracy: number;
  /** Share of the answers sampled at temperature 1 that are correct and without any of the teacher's faults: its good wording, exactly. */
  readonly sampledClean: number;
  /** Of a greedy answer. */
  readonly msPerAnswer: number;
}

/** What a student's answers to the prompts are worth. */
export async function measureStudent(student: Checkpoint, prompts: readonly BenchPrompt[]): Promise<Measurement> {
  const decoder = createDecoder(student);
  const startedAt = performance.now();
  let correct = 0;
  for (const { prompt } of prompts) {
    const { text } = await decoder.generate([{ role: "user", content: prompt }]);
    if (verifyAnswer({ prompt, answer: text }).correct) correct++;
  }
  const msPerAnswer = (performance.now() - startedAt) / prompts.length;
  let clean = 0;
  for (const [seed, { prompt }] of prompts.entries()) {
    const { text } = await decoder.generate([{ role: "user", content: prompt }], { temperature: 1, seed });
    if (text === goodAnswer(prompt)) clean++;
  }
  return { accuracy: correct / prompts.length, sampledClean: clean / prompts.length, msPerAnswer };
}

function goodAnswer(prompt: string): string | null {
  const request = parseRequest(prompt);
  return request === null ? null : formatAnswer(request, answerParts(request));
}

export interface SeedResult {
  readonly seed: number;
  readonly steps: number;
  readonly trainSeconds: number;
  readonly finalLoss: number;
  readonly untrained: Measurement;
  readonly trained: Measurement;
}

/** Trains with one seed in a temporary folder and measures the student before and after. */
export async function trainAndMeasure(options: {
  rows: readonly TrainRow[];
  validationRows: readonly TrainRow[];
  prompts: readonly BenchPrompt[];
  seed: number;
  schedule: TinySchedule;
}): Promise<SeedResult> {
  const { rows, validationRows, prompts, seed, schedule } = options;
  assertUnseen(prompts, [...rows, ...validationRows]);
  const outDir = await mkdtemp(join(tmpdir(), "nexa-bench-"));
  try {
    const result = await trainEmbedded({
      trainRows: rows,
      validationRows,
      schedule,
      seed,
      outDir,
      checkpointSteps: 100,
      onEvent: ({ step, loss, eta_seconds: eta }) => {
        if (process.stderr.isTTY)
          process.stderr.write(`\rseed ${seed} step ${step} loss ${loss.toFixed(4)} eta ${eta.toFixed(0)} s  `);
      },
    });
    const untrained = await measureStudent(untrainedCheckpoint(seed, schedule), prompts);
    const trained = await measureStudent(await loadCheckpoint(outDir), prompts);
    const { trainSeconds, finalLoss } = result;
    return { seed, steps: result.steps, trainSeconds, finalLoss, untrained, trained };
  } finally {
    await rm(outDir, { recursive: true });
  }
}

export function describeSeed({ seed, steps, trainSeconds, finalLoss, untrained, trained }: SeedResult): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  return (
    `seed ${seed}: untrained ${percent(untrained.accuracy)}, trained ${percent(trained.accuracy)} (sampled and clean ${percent(trained.sampledClean)}), ` +
    `${steps} steps in ${trainSeconds.toFixed(0)} s, final loss ${finalLoss.toFixed(5)}, ${trained.msPerAnswer.toFixed(1)} ms an answer`
  );
}

export function medianAccuracy(results: readonly SeedResult[]): number {
  const sorted = results.map(({ trained }) => trained.accuracy).toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
