import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../core/index.ts";
import { list, nullable, type RowSchema, struct, text } from "./columns.ts";
import { openDatabase } from "./duckdb.ts";
import { readForeignRows } from "./foreign-rows.ts";
import { writeParquet } from "./parquet-write.ts";
import { filteredSchema } from "./schemas.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-foreign-"));
});

async function readLines(...rows: unknown[]) {
  const path = join(dir, "rows.jsonl");
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return readForeignRows(path, { projectPath: "rows.jsonl" });
}

async function failure(...rows: unknown[]): Promise<DataError> {
  const error = await readLines(...rows).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

describe("readForeignRows", () => {
  it("completes a row of prompt and teacher_output", async () => {
    const [row] = await readLines({ prompt: "Mix  A.", teacher_output: " Mixed.\n\n", extra: 1 });
    expect(row).toMatchObject({
      id: "row-1",
      sample: 0,
      prompt: "Mix  A.",
      messages: [{ role: "user", content: "Mix  A." }],
      system: null,
      teacher_output: " Mixed.\n\n",
      group: "mix a.",
      model: "unknown",
    });
  });

  it("takes a conversation apart: system, turns, answer", async () => {
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi" },
      { role: "user", content: "Mix A." },
      { role: "assistant", content: "Done." },
    ];
    const [row] = await readLines({ messages });
    expect(row).toMatchObject({
      system: "Be brief.",
      prompt: "Mix A.",
      teacher_output: "Done.",
      messages: messages.slice(1, 4),
    });
  });

  it("keeps a null answer for the gate to reject, and counts an id's samples", async () => {
    const rows = await readLines(
      { id: 7, prompt: "A", teacher_output: null },
      { id: 7, prompt: "A", teacher_output: "b" },
    );
    expect(rows.map(({ id, sample, teacher_output }) => [id, sample, teacher_output])).toEqual([
      ["7", 0, null],
      ["7", 1, "b"],
    ]);
  });

  it("reads Parquet with either shape, whatever the file is called", async () => {
    const path = join(dir, "export.data");
    const messages = list(struct({ content: text, role: text }));
    const schema: RowSchema<{ id: string; messages: unknown }> = {
      name: "theirs",
      columns: { id: text, messages: nullable(messages) },
    };
    const content = [
      { role: "user", content: "A" },
      { role: "assistant", content: "b\0c" },
    ];
    await writeParquet(path, { schema, rows: [{ id: "x", messages: content }] });
    expect(await readForeignRows(path)).toMatchObject([{ id: "x", prompt: "A", teacher_output: "b\0c" }]);
  });

  it("turns 64-bit numbers of a Parquet file into numbers", async () => {
    const path = join(dir, "bigint.parquet");
    using database = await openDatabase();
    await database.connection.run(
      "COPY (SELECT 5::BIGINT AS id, 'A' AS prompt, 'b' AS teacher_output, 9::BIGINT AS completion_tokens) TO $1 (FORMAT parquet)",
      [path],
    );
    expect(await readForeignRows(path)).toMatchObject([{ id: "5", completion_tokens: 9 }]);
  });

  it("gives back our own filtered rows unchanged", async () => {
    const path = join(dir, "own.parquet");
    const rows = await readLines({
      id: "a",
      prompt: "A",
      teacher_output: "b",
      judge_score: 0.9,
      judge: "j",
      safety_flags: [],
      cost_usd: 0.1,
    });
    await writeParquet(path, { schema: filteredSchema, rows });
    expect(await readForeignRows(path)).toEqual(rows);
  });

  it.each([
    ["neither shape", { instruction: "A", output: "b" }, "teacher_output"],
    ["no answer", { prompt: "A" }, "teacher_output"],
    ["an empty prompt", { prompt: " ", teacher_output: "b" }, "no prompt"],
    ["a null prompt", { prompt: null, teacher_output: "b" }, "no prompt"],
    ["a prompt that is a number", { prompt: 5, teacher_output: "b" }, "`prompt`"],
    ["messages that end with the user", { messages: [{ role: "user", content: "A" }] }, "does not end"],
    ["an unknown role", { messages: [{ role: "tool", content: "A" }] }, "`messages.0.role`"],
    ["a list in the place of a row", [1], "the row"],
    ["a score above 1", { prompt: "A", teacher_output: "b", judge_score: 80 }, "`judge_score`"],
  ])("names the row and the shape for %s", async (_name, row, words) => {
    const error = await failure({ prompt: "A", teacher_output: "b" }, row);
    expect(error).toMatchObject({ row: 2, file: "rows.jsonl", code: "wrong_row", exitCode: 4 });
    expect(error.message).toContain(words);
    expect(error.hint).toContain("teacher_output");
  });

  it("names both rows where an id and sample occur twice", async () => {
    const row = { id: "a", sample: 1, prompt: "A", teacher_output: "b" };
    const error = await failure(row, row);
    expect(error).toMatchObject({ code: "duplicate_id", row: 2 });
    expect(error.message).toContain("row 1");
  });

  it("says so of a Parquet file without any of the columns", async () => {
    const path = join(dir, "other.parquet");
    await writeParquet(path, { schema: { name: "other", columns: { x: text } }, rows: [{ x: "1" }] });
    await expect(readForeignRows(path)).rejects.toMatchObject({ code: "empty_file" });
  });
});
