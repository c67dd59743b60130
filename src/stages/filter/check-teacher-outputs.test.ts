import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDatabase } from "../../records/duckdb.ts";
import { teacherOutputSchema, writeParquet } from "../../records/index.ts";
import { checkTeacherOutputs } from "./check-teacher-outputs.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-check-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const row = {
  id: "a",
  sample: 0,
  prompt: "A",
  messages: [{ role: "user" as const, content: "A" }],
  system: null,
  category: null,
  expects_json: false,
  reference: null,
  group: "a",
  teacher_output: "b",
  reasoning: null,
  model: "m",
  finish_reason: "stop",
  prompt_tokens: 1,
  completion_tokens: 1,
  cost_usd: 0,
  error: null,
};

async function check(rows: number, change = "*"): Promise<{ rows: number }> {
  const whole = join(dir, "whole.parquet");
  const path = join(dir, "changed.parquet");
  await writeParquet(whole, { schema: teacherOutputSchema, rows: Array.from({ length: rows }, () => row) });
  using database = await openDatabase({ threads: 1 });
  await database.connection.run(`COPY (SELECT ${change} FROM '${whole}') TO '${path}' (FORMAT parquet)`);
  return await checkTeacherOutputs(path, { projectPath: "data/answers.parquet" });
}

it("counts the rows", async () => {
  expect(await check(3)).toEqual({ rows: 3 });
});

it("names all columns that are missing, and those that are there", async () => {
  const error = await check(
    1,
    'id, sample, prompt, messages, system, category, expects_json, reference, "group", reasoning',
  ).catch((thrown) => thrown);
  expect(error).toMatchObject({
    code: "wrong_columns",
    exitCode: 4,
    hint: expect.stringContaining("run the stage that makes it again"),
  });
  expect(error.message).toMatch(
    /^data\/answers\.parquet: it has no columns `teacher_output`, `model`, .*; teacher outputs have them; its columns are id, sample, prompt, /,
  );
});

it("names a column of another type", async () => {
  await expect(check(1, "* REPLACE (1 AS teacher_output)")).rejects.toThrow(
    "data/answers.parquet: its column `teacher_output` is INTEGER; teacher outputs have `teacher_output` as VARCHAR",
  );
});

it("says what to do where there are no rows, or no file", async () => {
  await expect(check(0)).rejects.toMatchObject({ code: "empty_file", hint: "Run `nexa generate` again." });
  await expect(checkTeacherOutputs(join(dir, "none.parquet"), { projectPath: "p" })).rejects.toMatchObject({
    code: "missing_file",
  });
});
