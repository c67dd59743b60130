import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { appendEvent, truncateEvents } from "./events.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-events-"));
});
afterEach(() => rm(dir, { recursive: true }));

const event = (step: number) => ({
  step,
  epoch: step / 10,
  loss: 1 / step,
  learning_rate: 0.01,
  grad_norm: 1,
  tokens_per_second: 100,
  eta_seconds: 5,
});

test("keeps the lines up to the step that a run goes on from, and drops a cut one", async () => {
  const file = join(dir, "events.jsonl");
  for (const step of [10, 20, 30]) await appendEvent(file, event(step));
  await writeFile(file, '{"step": 4', { flag: "a" });
  await truncateEvents(file, 20);
  expect(await readFile(file, "utf8")).toBe(`${JSON.stringify(event(10))}\n${JSON.stringify(event(20))}\n`);
});

test("starts an empty file where there is none", async () => {
  const file = join(dir, "events.jsonl");
  await truncateEvents(file, 0);
  expect(await readFile(file, "utf8")).toBe("");
});
