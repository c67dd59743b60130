import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../../../core/index.ts";
import { readBenchmarkTexts } from "./benchmark-texts.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-benchmark-"));
});
afterAll(() => rm(dir, { recursive: true }));

const read = (...files: string[]) => Array.fromAsync(readBenchmarkTexts(files, dir));

async function write(name: string, ...rows: unknown[]): Promise<void> {
  await writeFile(join(dir, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

async function failure(...files: string[]): Promise<DataError> {
  const error = await read(...files).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

describe("readBenchmarkTexts", () => {
  it("reads the first column of those that hold texts, and user turns of messages", async () => {
    const messages = [
      { role: "system", content: "S" },
      { role: "user", content: "One" },
      { role: "assistant", content: "x" },
      { role: "user", content: "Two" },
    ];
    await write(
      "a.jsonl",
      { id: 5, question: "Why?", answer: "b" },
      { messages },
      { text: "T", prompt: " " },
      { text: null },
    );
    expect(await read("a.jsonl")).toEqual([
      { text: "Why?", source: "a.jsonl", id: "5", concernsEveryRow: true },
      { text: "One\n\nTwo", source: "a.jsonl", id: "row-2", concernsEveryRow: true },
      { text: "T", source: "a.jsonl", id: "row-3", concernsEveryRow: true },
    ]);
  });

  it("takes patterns, each file once, and other kinds of files", async () => {
    await write("p-1.jsonl", { problem: "1" });
    await writeFile(join(dir, "p-2.csv"), "id,input\nx,2\n");
    expect((await read("p-1.jsonl", "p-*")).map(({ text, id }) => [text, id])).toEqual([
      ["1", "row-1"],
      ["2", "x"],
    ]);
  });

  it("names the file that is missing, and the pattern that finds none with its key", async () => {
    expect(await failure("none.jsonl")).toMatchObject({ file: "none.jsonl", exitCode: 4 });
    expect((await failure("none-*.jsonl")).hint).toContain("decontamination.files");
  });

  it("names the columns that are there where none holds a text", async () => {
    await write("b.jsonl", { sentence: "x", label: 1 });
    await writeFile(join(dir, "b.csv"), "sentence,label\nx,1\n");
    for (const file of ["b.jsonl", "b.csv"]) {
      const error = await failure(file);
      expect(error).toMatchObject({ file, code: "missing_columns" });
      expect(error.message).toContain("`sentence`, `label`");
      expect(error.hint).toContain("`question`");
    }
  });

  it("names the row that cannot be read or is none", async () => {
    await writeFile(join(dir, "c.jsonl"), '{"text":"a"}\n{"text":\n');
    expect(await failure("c.jsonl")).toMatchObject({ file: "c.jsonl", row: 2 });
    await write("d.jsonl", { text: "a" }, ["b"]);
    expect(await failure("d.jsonl")).toMatchObject({ file: "d.jsonl", row: 2, code: "wrong_row" });
  });
});
