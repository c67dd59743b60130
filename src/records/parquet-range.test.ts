import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CancelledError, DataError } from "../core/index.ts";
import { openDatabase } from "./duckdb.ts";
import { type RangeChunk, type ReadRangeOptions, readParquetRange } from "./parquet-range.ts";

let dir: string;
let path: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-range-"));
  path = join(dir, "rows [1].parquet");
  await writeSql(path, "SELECT range AS number, 'row ' || range AS text FROM range(10000)");
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function writeSql(to: string, sql: string): Promise<void> {
  using database = await openDatabase({ threads: 1 });
  await database.connection.run(`COPY (${sql}) TO $1 (FORMAT parquet, ROW_GROUP_SIZE 2048)`, [to]);
}

async function read(options: Partial<ReadRangeOptions>, from = path): Promise<RangeChunk[]> {
  const chunks = readParquetRange(from, { file: "rows.parquet", columns: [], from: 0, to: 10, ...options });
  return await Array.fromAsync(chunks);
}

async function readValues(sql: string, from = path): Promise<unknown[]> {
  return (await read({ columns: [{ name: "value", sql }] }, from)).flatMap(({ columns }) => columns[0] ?? []);
}

async function failure(options: Partial<ReadRangeOptions>, from = path): Promise<DataError> {
  const error = await read(options, from).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

const number = { name: "number", sql: "number" };

describe("readParquetRange", () => {
  it.each([
    [0, 10_000],
    [2047, 2049],
    [3000, 9001],
    [9999, 20_000],
  ])("gives the rows %i to %i in their order, with their numbers", async (from, to) => {
    const chunks = await read({ columns: [number, { name: "text", sql: "text" }], from, to });
    let next = from;
    for (const { firstRow, rows, columns } of chunks) {
      expect(firstRow).toBe(next);
      expect(rows).toBeLessThanOrEqual(2048);
      expect(columns.map(({ length }) => length)).toEqual([rows, rows]);
      expect([columns[0]?.[rows - 1], columns[1]?.[rows - 1]]).toEqual([next + rows - 1, `row ${next + rows - 1}`]);
      next += rows;
    }
    expect(next).toBe(Math.min(to, 10_000));
  });

  it("gives nothing for no rows", async () => {
    expect(await read({ columns: [number], from: 5, to: 5 })).toEqual([]);
    expect(await read({ columns: [number], from: 10_000, to: 10_010 })).toEqual([]);
  });

  it("gives values as JSON would hold them, and takes any expression, with a comment behind it", async () => {
    const firstOf = async (sql: string) => (await readValues(sql))[0];
    expect(await firstOf("number > 5 -- or so")).toBe(false);
    expect(await firstOf("NULL::VARCHAR")).toBeNull();
    expect(await firstOf("9007199254740993")).toBe("9007199254740993");
    expect(await firstOf("[{'role': 'user', 'size': 5::BIGINT}]")).toEqual([{ role: "user", size: 5 }]);
    expect(await firstOf("0.5::FLOAT")).toBe(0.5);
    expect(await firstOf("DATE '2020-01-02'")).toBe("2020-01-02");
  });

  it("gives texts whole: byte order marks, NUL and control characters", async () => {
    const texts = ["\ufeffa", "\ufeff", "\ufeff\ufeff", "a\0b", "\u001b[31m", "", "é😀"];
    const marked = join(dir, "marked.parquet");
    const values = texts.map((text) => `('${text}', ['${text}'])`).join(", ");
    await writeSql(marked, `SELECT * FROM (VALUES ${values.replaceAll("\0", "' || chr(0) || '")}) rows(text, list)`);
    expect(await readValues("text", marked)).toEqual(texts);
    expect(await readValues("list", marked)).toEqual(texts.map((text) => [text]));
  });

  it("names the file for text that is not UTF-8", async () => {
    const bytes = join(dir, "bytes.parquet");
    await writeSql(bytes, "SELECT '\\xFF'::BLOB AS text");
    const error = await failure({ columns: [{ name: "text", sql: "text" }] }, bytes);
    expect(error).toMatchObject({ code: "not_utf8", file: "rows.parquet", exitCode: 4 });
    expect(error.message).toMatch(/^rows\.parquet: a text in it is not UTF-8: /);
  });

  it("names the file that is cut or missing", async () => {
    const cut = join(dir, "cut.parquet");
    const bytes = await readFile(path);
    await writeFile(cut, bytes.subarray(0, bytes.length - 100));
    expect(await failure({ columns: [number] }, cut)).toMatchObject({ code: "bad_parquet", file: "rows.parquet" });
    expect(await failure({ columns: [number] }, `${path}x`)).toMatchObject({ code: "missing_file" });
  });

  it("does not blame the file for an expression or for too little memory", async () => {
    const bad = await failure({ columns: [{ name: "value", sql: "nothing_here" }] });
    expect(bad).toMatchObject({ code: "bad_expression" });
    expect(bad.message).toContain("nothing_here");
    const large = { name: "value", sql: "repeat(text, 20000)" };
    expect(await failure({ columns: [large], to: 2000, memoryLimit: "16MB" })).toMatchObject({ code: "out_of_memory" });
  });

  it("ends when it is told to", async () => {
    const stop = new AbortController();
    const chunks = readParquetRange(path, { file: "f", columns: [number], from: 0, to: 10_000, signal: stop.signal });
    await chunks.next();
    stop.abort();
    await expect(chunks.next()).rejects.toThrow(CancelledError);
  });
});
