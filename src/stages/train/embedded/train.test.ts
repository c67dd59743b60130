import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadCheckpoint, untrainedCheckpoint } from "../../../student/index.ts";
import type { TrainingEvent } from "./events.ts";
import { exampleRows, exampleSchedule } from "./fixtures.ts";
import { type TrainOptions, trainEmbedded } from "./train.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-train-"));
});
afterEach(() => rm(dir, { recursive: true }));

const rows = exampleRows(20);
function options(name: string, overrides: Partial<TrainOptions> = {}): TrainOptions {
  return {
    trainRows: rows.slice(0, 14),
    validationRows: rows.slice(14),
    schedule: exampleSchedule(),
    seed: 7,
    outDir: join(dir, name),
    checkpointSteps: 6,
    ...overrides,
  };
}
const weightsOf = (name: string) => readFile(join(dir, name, "model.safetensors"));
async function eventsOf(name: string): Promise<TrainingEvent[]> {
  const text = await readFile(join(dir, name, "events.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
/** What of an event does not depend on the clock. */
const lesson = ({ step, epoch, loss, eval_loss, learning_rate, grad_norm }: TrainingEvent) => ({
  step,
  epoch,
  loss,
  eval_loss,
  learning_rate,
  grad_norm,
});

test("lowers the loss, tells so as it goes, and leaves a whole folder", async () => {
  const told: TrainingEvent[] = [];
  const schedule = exampleSchedule({ steps: 60, learning_rate: 0.03, adam_learning_rate: 0.02 });
  const result = await trainEmbedded(options("run", { schedule, onEvent: (event) => told.push(event) }));
  expect(told.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60]);
  expect(await eventsOf("run")).toEqual(told);
  expect(told.at(-1)?.loss).toBeLessThan(0.6 * (told[0]?.loss ?? 0));
  expect(told.every(({ eval_loss: loss }) => loss !== undefined && loss > 0)).toBe(true);
  expect(result).toMatchObject({ steps: 60, resumedFrom: null, finalLoss: told.at(-1)?.loss });
  expect(result.validationLoss).toBe(told.at(-1)?.eval_loss);
  const { weights } = await loadCheckpoint(join(dir, "run"));
  expect(weights).not.toEqual(untrainedCheckpoint(7, schedule).weights);
  expect((await readdir(join(dir, "run"))).filter((name) => name.startsWith("checkpoint-")).sort()).toEqual([
    "checkpoint-54",
    "checkpoint-60",
  ]);
});

test("the same seed gives the same weights to the last bit, another seed others", async () => {
  for (const [name, seed] of [
    ["a", 7],
    ["b", 7],
    ["c", 8],
  ] as const) {
    await trainEmbedded(options(name, { seed, schedule: exampleSchedule({ steps: 5 }) }));
  }
  expect(await weightsOf("b")).toEqual(await weightsOf("a"));
  expect(await weightsOf("c")).not.toEqual(await weightsOf("a"));
});

test("a damaged checkpoint is passed over for the one before it", async () => {
  await trainEmbedded(options("whole"));
  const controller = new AbortController();
  const stopped = trainEmbedded(
    options("damaged", { signal: controller.signal, onEvent: ({ step }) => step === 10 && controller.abort() }),
  );
  await expect(stopped).rejects.toMatchObject({ name: "CancelledError" });
  await truncate(join(dir, "damaged", "checkpoint-10", "optimizer.safetensors"), 100);
  expect(await trainEmbedded(options("damaged"))).toMatchObject({ resumedFrom: 6, steps: 20 });
  expect(await weightsOf("damaged")).toEqual(await weightsOf("whole"));
});

test("one core ends with the same weights as two", async () => {
  for (const threads of [1, 2])
    await trainEmbedded(options(`${threads}`, { threads, schedule: exampleSchedule({ steps: 5 }) }));
  expect(await weightsOf("1")).toEqual(await weightsOf("2"));
});

test("stopped by its signal, it leaves a checkpoint and no model, and goes on to the same end", async () => {
  await trainEmbedded(options("whole"));
  const controller = new AbortController();
  const stopped = trainEmbedded(
    options("stopped", { signal: controller.signal, onEvent: ({ step }) => step === 10 && controller.abort() }),
  );
  await expect(stopped).rejects.toMatchObject({ name: "CancelledError", exitCode: 130 });
  expect(existsSync(join(dir, "stopped", "model.safetensors"))).toBe(false);
  expect(await trainEmbedded(options("stopped"))).toMatchObject({ resumedFrom: 10, steps: 20 });
  expect(await weightsOf("stopped")).toEqual(await weightsOf("whole"));
  expect((await eventsOf("stopped")).map(lesson)).toEqual((await eventsOf("whole")).map(lesson));
});

test("killed in the middle, it goes on from its newest checkpoint to the same end", async () => {
  await trainEmbedded(options("whole"));
  const job = JSON.stringify(options("killed"));
  const program = `
    import { trainEmbedded } from ${JSON.stringify(new URL("./train.ts", import.meta.url).href)};
    await trainEmbedded({ ...${job}, onEvent: ({ step }) => step >= 10 && process.kill(process.pid, "SIGKILL") });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: "inherit" });
  const signal = await new Promise((resolve) => child.on("exit", (_, name) => resolve(name)));
  expect(signal).toBe("SIGKILL");
  expect(existsSync(join(dir, "killed", "model.safetensors"))).toBe(false);
  expect(await trainEmbedded(options("killed"))).toMatchObject({ resumedFrom: 6, steps: 20 });
  expect(await weightsOf("killed")).toEqual(await weightsOf("whole"));
  expect((await eventsOf("killed")).map(lesson)).toEqual((await eventsOf("whole")).map(lesson));
});

test("a checkpoint of other rows or another schedule is not gone on from", async () => {
  const schedule = exampleSchedule({ steps: 4 });
  await trainEmbedded(options("run", { schedule }));
  expect(await trainEmbedded(options("run", { schedule }))).toMatchObject({ resumedFrom: 4 });
  expect(await trainEmbedded(options("run", { schedule, trainRows: rows.slice(0, 9) }))).toMatchObject({
    resumedFrom: null,
  });
  await trainEmbedded(options("fresh", { schedule, trainRows: rows.slice(0, 9) }));
  expect(await weightsOf("run")).toEqual(await weightsOf("fresh"));
});

test("what a kill left half-written is not taken for a checkpoint", async () => {
  const schedule = exampleSchedule({ steps: 4 });
  await trainEmbedded(options("run", { schedule }));
  const state = join(dir, "run", "checkpoint-4", "trainer_state.json");
  await writeFile(state, (await readFile(state, "utf8")).slice(0, 30));
  expect(await trainEmbedded(options("run", { schedule }))).toMatchObject({ resumedFrom: null, steps: 4 });
});

test("a row outside the vocabulary or the context is refused by its id, before anything is written", async () => {
  const strange = {
    id: "row-x",
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "7" },
    ],
  } as const;
  await expect(trainEmbedded(options("run", { trainRows: [...rows, strange] }))).rejects.toThrow(/row row-x: .*"Hi/);
  const long = {
    id: "row-y",
    messages: [
      { role: "user", content: "7".repeat(99) },
      { role: "assistant", content: "7".repeat(99) },
    ],
  } as const;
  await expect(trainEmbedded(options("run", { trainRows: [long] }))).rejects.toThrow(/row row-y: .*128/);
  await expect(trainEmbedded(options("run", { trainRows: [] }))).rejects.toThrow(/No rows/);
  expect(existsSync(join(dir, "run"))).toBe(false);
});

test("a loss that is no number any more ends the training with the remedy", async () => {
  const schedule = { ...exampleSchedule(), adam_learning_rate: 1e30 };
  await expect(trainEmbedded(options("run", { schedule }))).rejects.toMatchObject({
    name: "JobError",
    code: "diverged",
  });
  expect(existsSync(join(dir, "run", "model.safetensors"))).toBe(false);
});
