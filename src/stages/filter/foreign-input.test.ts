import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CancelledError, DataError } from "../../core/index.ts";
import { openDatabase } from "../../records/duckdb.ts";
import { readForeignRows, readParquet, type TeacherOutputRow, teacherOutputSchema } from "../../records/index.ts";
import { type ConvertedInput, type ConvertOptions, convertForeignInput } from "./foreign-input.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-foreign-input-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const good = { prompt: "A", teacher_output: "b" };
const line = (row: unknown): string => `${JSON.stringify(row)}\n`;
const outPath = (): string => join(dir, "out", "teacher_outputs.parquet");

async function convert(
  name: string,
  content: string | Uint8Array | null,
  options: Partial<ConvertOptions> = {},
): Promise<ConvertedInput> {
  if (content !== null) await writeFile(join(dir, name), content);
  const { signal } = new AbortController();
  return convertForeignInput(join(dir, name), {
    projectPath: name,
    to: outPath(),
    onBadRow: "stop",
    signal,
    ...options,
  });
}

function readOut(): Promise<TeacherOutputRow[]> {
  return readParquet(outPath(), teacherOutputSchema);
}

async function failure(
  name: string,
  content: string | Uint8Array | null,
  options: Partial<ConvertOptions> = {},
): Promise<DataError> {
  const error = await convert(name, content, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).message.startsWith(name)).toBe(true);
  expect((error as DataError).exitCode).toBe(4);
  expect((error as DataError).hint).toBeTruthy();
  return error as DataError;
}

async function writeSql(name: string, sql: string, settings = ""): Promise<void> {
  using database = await openDatabase({ threads: 1 });
  await database.connection.run(`COPY (${sql}) TO '${join(dir, name)}' (FORMAT parquet ${settings})`);
}

describe("a file of somebody else's", () => {
  const rows = line(good) + line({ ...good, prompt: "B", category: "c" });
  const csv = "prompt,teacher_output,category,cost_usd,expects_json,safety_flags\nA,b,,,,\nB,b,c,0.5,true,[]\n";
  it.each<[string, string | Uint8Array]>([
    ["rows.jsonl", rows],
    ["mark.jsonl", `\ufeff${rows}`],
    ["windows.jsonl", rows.replaceAll("\n", "\r\n")],
    ["blank.jsonl", `\n${rows}\n\n`],
    ["rows.jsonl.gz", gzipSync(rows)],
    ["rows.ndjson.zst", zstdCompressSync(rows)],
    ["rows.json", `[${rows.trim().replaceAll("\n", ",")}]`],
    ["rows.csv", csv],
    ["rows.tsv", csv.replaceAll(",", "\t")],
  ])("%s becomes teacher outputs", async (name, content) => {
    expect(await convert(name, content)).toEqual({ rows: 2, badRows: 0, firstBad: [] });
    const [first, second] = await readOut();
    expect(first).toMatchObject({ prompt: "A", teacher_output: "b", category: null, group: "a", model: "unknown" });
    expect(second).toMatchObject({ prompt: "B", category: "c" });
    if (csv === content) expect(second).toMatchObject({ cost_usd: 0.5, expects_json: true });
  });

  it("may be Parquet under any name, with columns that are all null in any type", async () => {
    await writeSql(
      "export.data",
      "SELECT 'A' AS prompt, 'b' AS teacher_output, NULL::INTEGER AS system, DATE '2020-01-01' AS day",
    );
    expect(await convert("export.data", null)).toMatchObject({ rows: 1 });
    expect(await readOut()).toMatchObject([{ prompt: "A", system: null }]);
  });

  it("may hold conversations as JSON text or in ShareGPT's form", async () => {
    const turns = [
      { from: "human", value: "A" },
      { from: "gpt", value: "b" },
    ];
    await convert("share.jsonl", line({ messages: turns }) + line({ messages: JSON.stringify(turns) }));
    expect(await readOut()).toMatchObject([good, good]);
    await convert("share.csv", `messages\n"${JSON.stringify(turns).replaceAll('"', '""')}"\n`);
    expect(await readOut()).toMatchObject([good]);
  });

  it("comes to the same rows as all of it in memory", async () => {
    const lines = Array.from({ length: 3000 }, (_, index) =>
      line({
        ...good,
        id: index % 2 === 0 ? `id ${index % 1000}` : undefined,
        prompt: `A ${index}\n\ttwo`,
        cost_usd: index / 7,
      }),
    );
    const progress: number[] = [];
    await convert("many.jsonl", lines.join(""), { onProgress: ({ rows }) => progress.push(rows) });
    const expected = await readForeignRows(join(dir, "many.jsonl"));
    const columns = Object.keys(teacherOutputSchema.columns) as (keyof TeacherOutputRow)[];
    expect(await readOut()).toEqual(
      expected.map((row) => Object.fromEntries(columns.map((name) => [name, row[name]]))),
    );
    expect(progress.at(-1)).toBe(3000);
  });

  it("keeps NUL, control characters and long answers as they are, for the rules", async () => {
    const answer = `a\0\u001b[31m\u0007${"long ".repeat(2_000_000)}`;
    await convert("odd.jsonl", line({ ...good, teacher_output: answer }) + line(good));
    expect((await readOut()).map(({ teacher_output }) => teacher_output)).toEqual([answer, "b"]);
  });
});

const cut = '{"prompt":"A","teacher_out';
const badRows: readonly [string, string | Uint8Array, number, string][] = [
  ["a prompt that is null", line(good) + line({ ...good, prompt: null }), 2, "there is no prompt: `prompt` is null"],
  [
    "an answer that is a number",
    line({ ...good, teacher_output: 5 }) + line(good),
    1,
    "`teacher_output` is `5` (number); expected text",
  ],
  ["a nested prompt", line(good) + line({ ...good, prompt: ["A"] }), 2, "`prompt` is a list; expected text"],
  [
    "a nested turn",
    line(good) + line({ messages: [{ role: "user", content: {} }] }),
    2,
    "`messages.0.content` is an object; expected text",
  ],
  [
    "bytes that are not UTF-8",
    Buffer.from(line(good) + line({ ...good, prompt: "\xff" }), "latin1"),
    2,
    "the line is not UTF-8 text",
  ],
  ["a last line that is cut", line(good) + cut, 2, "the last line is cut or not valid JSON"],
  ["a line that is cut", `${line(good)}${cut}\n${line(good)}`, 2, "the line is not valid JSON"],
  [
    "an id that comes twice",
    line({ ...good, id: "a", sample: 0 }).repeat(2),
    2,
    "the id and sample `a#0` are those of row 1 already",
  ],
  [
    "names that we do not know",
    line(good) + line({ instruction: "A", output: "b" }),
    2,
    "its keys are instruction, output",
  ],
  [
    "a line that is far too long",
    `${line(good)}${" ".repeat(64 * 2 ** 20)}x\n${line(good)}`,
    2,
    "the line is longer than 64 MiB",
  ],
];

describe("a row that cannot be read", () => {
  it.each(badRows)("%s stops the run, with its place", async (_name, content, row, words) => {
    const error = await failure("bad.jsonl", content);
    expect(error).toMatchObject({ file: "bad.jsonl", row });
    expect(error.message).toContain(words);
    expect(error.hint).toContain("--set on_bad_row=skip");
    expect(await readdir(join(dir, "out"))).not.toContainEqual(expect.stringContaining("tmp"));
  });

  it.each(badRows)("%s is skipped on request, and told", async (_name, content, row, words) => {
    const { rows, badRows, firstBad } = await convert("bad.jsonl", content, { onBadRow: "skip" });
    expect(badRows).toBe(1);
    expect(firstBad).toEqual([{ row, message: expect.stringContaining(words) }]);
    expect((await readOut()).length).toBe(rows);
  });

  it("is counted with all the others, and the first ones are kept", async () => {
    const lines = Array.from({ length: 1500 }, (_, index) => (index % 3 === 1 ? "[]\n" : line(good))).join("");
    const error = await failure("third.jsonl", lines);
    expect(error.message).toBe(
      "third.jsonl:2: the row is an empty list; expected a JSON object (500 of 1,500 rows cannot be read)",
    );
    const skipped = await convert("third.jsonl", lines, { onBadRow: "skip" });
    expect(skipped).toMatchObject({ rows: 1000, badRows: 500 });
    expect(skipped.firstBad.map(({ row }) => row)).toEqual([2, 5, 8, 11, 14]);
  });

  it("stops the run also under skip where there is no other", async () => {
    const error = await failure("none.jsonl", line({ instruction: "A" }).repeat(3), { onBadRow: "skip" });
    expect(error.message).toContain("(all 3 rows cannot be read)");
    expect(error.hint).not.toContain("on_bad_row");
  });
});

describe("a file that cannot be read", () => {
  it.each<[string, string, string, string]>([
    ["empty.jsonl", "", "empty_file", "the file has no rows"],
    ["header.csv", "prompt,teacher_output\n", "empty_file", "the file has no rows"],
    ["text.parquet", "prompt and answer", "bad_parquet", "not a whole Parquet file"],
    ["empty.parquet", "", "bad_parquet", "too small to be a Parquet file"],
    ["rows.jsonl.gz", line(good), "bad_packing", "not packed as its name says"],
    ["rows.txt", line(good), "unknown_format", "its name does not say what kind of file it is"],
    ["array.json", `[${JSON.stringify(good)},{`, "cut_line", "the array does not end"],
    [
      "names.csv",
      "question,answer\nA,b\n",
      "missing_columns",
      "it has no column `prompt` and none `teacher_output`, and no `messages` either; its columns are question, answer",
    ],
    [
      "half.tsv",
      "prompt\tanswer\nA\tb\n",
      "missing_columns",
      "it has no column `teacher_output`, and no `messages` either; its columns are prompt, answer",
    ],
  ])("%s is refused, whatever on_bad_row says", async (name, content, code, words) => {
    for (const onBadRow of ["stop", "skip"] as const) {
      const error = await failure(name, content, { onBadRow });
      expect(error.code).toBe(code);
      expect(error.message).toContain(words);
    }
  });

  it("is named where it is missing or a folder", async () => {
    await mkdir(join(dir, "folder.jsonl"));
    expect(await failure("missing.jsonl", null)).toMatchObject({ code: "missing_file" });
    expect(await failure("folder.jsonl", null)).toMatchObject({ message: "folder.jsonl: it is not a file" });
  });

  it.each([
    ["5 AS teacher_output", "its column `teacher_output` is INTEGER; expected text"],
    ["['b'] AS teacher_output", "its column `teacher_output` is VARCHAR[]; expected text"],
    ["'b' AS teacher_output, DATE '2020-01-01' AS id", "its column `id` is DATE; expected text or a whole number"],
    ["'b' AS teacher_output, 'high' AS judge_score", "its column `judge_score` is VARCHAR; expected a number, 0 to 1"],
  ])("has one error for a Parquet column of another type: %s", async (columns, words) => {
    await writeSql("type.parquet", `SELECT 'A' AS prompt, ${columns} FROM range(3)`);
    expect((await failure("type.parquet", null, { onBadRow: "skip" })).message).toBe(`type.parquet: ${words}`);
  });

  it("is refused as a whole where a row group of it is damaged, or it is cut", async () => {
    await writeSql(
      "whole.parquet",
      "SELECT md5(range::VARCHAR) AS prompt, md5(range::VARCHAR) AS teacher_output FROM range(30000)",
      ", COMPRESSION snappy",
    );
    const bytes = await readFile(join(dir, "whole.parquet"));
    const damaged = Buffer.from(bytes).fill(0xab, bytes.length >> 1, (bytes.length >> 1) + 2000);
    expect(await failure("damaged.parquet", damaged, { onBadRow: "skip" })).toMatchObject({ code: "bad_parquet" });
    expect(await failure("cut.parquet", bytes.subarray(0, bytes.length / 2))).toMatchObject({ code: "bad_parquet" });
  });
});

it("leaves nothing behind when it is cancelled", async () => {
  await rm(join(dir, "out"), { recursive: true, force: true });
  const stop = new AbortController();
  const lines = line(good).repeat(20_000);
  const converting = convert("much.jsonl", lines, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(converting).rejects.toThrow(CancelledError);
  expect(await readdir(join(dir, "out"))).toEqual([]);
});
