import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readTrainingRows } from "./training-rows.ts";

let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "training-rows-"));
  path = join(dir, "sft_dataset.jsonl");
});

afterEach(() => rm(dir, { recursive: true, force: true }));

const user = { role: "user", content: "P" };
const answer = { role: "assistant", content: "A" };
const messages = [user, answer];

async function read(...rows: unknown[]) {
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return readTrainingRows(path, { projectPath: "data/sft_dataset.jsonl" });
}

test("training sees the train and validation splits and nothing of the test split", async () => {
  const rows = ["train", "test", "validation", "train"].map((split, index) => ({ id: `${index}`, messages, split }));
  const { train, validation } = await read(...rows);
  expect(train).toEqual([
    { id: "0", messages },
    { id: "3", messages },
  ]);
  expect(validation).toEqual([{ id: "2", messages }]);
});

test.each([
  ["without a split", { id: "b", messages }, "split"],
  ["of another split", { id: "b", messages, split: "dev" }, "split"],
  ["without an answer", { id: "b", messages: messages.slice(0, 1), split: "train" }, "messages"],
  ["that is null", null, "row: the row: Invalid input"],
  [
    "with a key that would steer a terminal",
    { id: "b", messages: [{ ...user, "\u001b[2J": 1 }, answer], split: "train" },
    'key: ""',
  ],
])("a row %s is refused with the project's name of the file, the line and the key", async (_name, row, words) => {
  const reading = read({ id: "a", messages, split: "train" }, row);
  await expect(reading).rejects.toMatchObject({ file: "data/sft_dataset.jsonl", row: 2, exitCode: 4 });
  await expect(reading).rejects.toThrow(words);
});
