import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
afterAll(() => rm(dir, { recursive: true, force: true }));

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

const system = { role: "system", content: "S" };
const user = { role: "user", content: "A" };
const answer = { role: "assistant", content: "b" };

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

  it("takes the answer of `messages` where the column `teacher_output` is there and empty", async () => {
    const rows = await readLines(
      { messages: [system, user, answer], teacher_output: null, system: "S" },
      { messages: [user, answer], teacher_output: "b" },
    );
    expect(rows.map(({ system, messages, teacher_output }) => [system, messages, teacher_output])).toEqual([
      ["S", [user], "b"],
      [null, [user], "b"],
    ]);
  });

  it("counts samples past those that the file gives itself", async () => {
    const row = { id: "a", prompt: "A", teacher_output: "b" };
    const rows = await readLines({ ...row, sample: 1 }, { ...row, sample: 0 }, row);
    expect(rows.map(({ sample }) => sample)).toEqual([1, 0, 2]);
  });

  it("reads Parquet text that its writer did not mark as text, and refuses bytes that are none", async () => {
    const path = join(dir, "unmarked.parquet");
    using database = await openDatabase();
    const write = (bytes: string) =>
      database.connection.run(
        `COPY (SELECT 'A'::BLOB AS prompt, '${bytes}'::BLOB AS teacher_output) TO '${path}' (FORMAT parquet)`,
      );
    await write("\\xC3\\xA9\\x00");
    expect(await readForeignRows(path)).toMatchObject([{ prompt: "A", teacher_output: "é\0" }]);
    await write("\\xFF");
    await expect(readForeignRows(path)).rejects.toThrow("not valid UTF8");
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
    ["messages that end with the user", { messages: [{ role: "user", content: "A" }] }, "nor an assistant's answer"],
    ["two answers", { messages: [user, answer], teacher_output: "c" }, "`teacher_output` holds another"],
    ["two system messages", { messages: [system, user, answer], system: "T" }, "`system` holds another"],
    ["a system message in the middle", { messages: [user, system, user, answer] }, "not the first one"],
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
    await expect(readForeignRows(path)).rejects.toMatchObject({
      code: "missing_columns",
      message: expect.stringContaining(
        "no column `prompt` and none `teacher_output`, and no `messages` either; its columns are x",
      ),
    });
  });
});
