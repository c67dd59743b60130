import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert, asyncProperty, constantFrom, integer, oneof, string } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../core/index.ts";
import { iterateCsv } from "./csv-read.ts";
import { parseRecords } from "./csv-record.ts";
import { type Database, openDatabase } from "./duckdb.ts";

let folder: string;
let database: Database;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nexa-csv-"));
  database = await openDatabase();
});

afterAll(() => {
  database[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

async function read(path: string, delimiter = ","): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of iterateCsv(path, { delimiter })) {
    if (row instanceof DataError) throw row;
    rows.push(Object.values(row.value as object));
  }
  return rows;
}

async function parseText(text: string, blockBytes = 1_000): Promise<unknown[]> {
  async function* blocks() {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += blockBytes) yield bytes.subarray(at, at + blockBytes);
  }
  return await Array.fromAsync(parseRecords(blocks(), { file: "p.csv", delimiter: "," }));
}

const awkward = array(constantFrom('"', ",", "\t", "\n", "\r\n", "a", "é", " ", "☃", "''"), { maxLength: 6 }).map(
  (parts) => parts.join(""),
);

describe("a CSV file", () => {
  it.each([",", "\t"])("comes back from what DuckDB writes, delimiter %j", async (delimiter) => {
    await assert(
      asyncProperty(
        array(array(awkward, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
        async (rows) => {
          const { connection } = database;
          const path = join(folder, "duckdb.csv");
          await connection.run("CREATE OR REPLACE TABLE t (a VARCHAR, b VARCHAR, c VARCHAR)");
          for (const row of rows) await connection.run("INSERT INTO t VALUES ($1, $2, $3)", row);
          const name = delimiter === "," ? "','" : "'\\t'";
          await connection.run(`COPY t TO '${path}' (FORMAT csv, HEADER, DELIMITER ${name}, FORCE_QUOTE *)`);
          expect(await read(path, delimiter)).toEqual(rows);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("comes back from RFC 4180's own way of writing, whatever the text and wherever a block ends, with its line", async () => {
    const quote = (field: string): string => `"${field.replaceAll('"', '""')}"`;
    const texts = array(oneof(awkward, string({ unit: "grapheme" })), { minLength: 1, maxLength: 4 });
    await assert(
      asyncProperty(array(texts, { minLength: 1, maxLength: 4 }), integer({ min: 1, max: 9 }), async (rows, size) => {
        const lines = rows.map((fields) => `${fields.map(quote).join(",")}\r\n`);
        const line = (index: number) => lines.slice(0, index).join("").split("\n").length;
        const records = await parseText(lines.join(""), size);
        expect(records).toEqual(rows.map((fields, index) => ({ fields, line: line(index) })));
      }),
    );
  });

  it("has null for a field with nothing in it, and an empty text for quotes alone", async () => {
    const path = join(folder, "nulls.csv");
    writeFileSync(path, 'a,b,c\n,"",x\n"",,\r\n');
    expect(await read(path)).toEqual([
      [null, "", "x"],
      ["", null, null],
    ]);
  });

  it("takes a quote within a field that does not begin with one", async () => {
    const path = join(folder, "inches.csv");
    writeFileSync(path, 'a,b\n5" pipe,x\n');
    expect(await read(path)).toEqual([['5" pipe', "x"]]);
  });

  it.each([
    ['"a" b', "text after the quote"],
    ['"""a" b', "after a doubled quote"],
    ['x,"a"b,y', "in the middle"],
    ['"a""" ""b"', "and quotes after it"],
    ['"a\nb"c', "over two lines"],
  ])("tells of %j: %s, and goes on behind it", async (row) => {
    const records = await parseText(`h\n\n"""ok"" x"\n${row}\n"""ok"""\r\n`);
    expect(records).toEqual([
      { fields: ["h"], line: 1 },
      { fields: ['"ok" x'], line: 3 },
      expect.objectContaining({ message: "p.csv:4: there is text after a field's closing quote" }),
      { fields: ['"ok"'], line: row.includes("\n") ? 6 : 5 },
    ]);
  });

  it("tells of the rows before a quote that does not end, too", async () => {
    const path = join(folder, "open.csv");
    writeFileSync(path, 'a,b\n1\n2,"x\n3,y\n');
    const told: unknown[] = [];
    const reading = (async () => {
      for await (const row of iterateCsv(path, { delimiter: "," })) told.push(row);
    })();
    await expect(reading).rejects.toMatchObject({ row: 3, message: /does not end/ });
    expect(told).toEqual([expect.objectContaining({ row: 2 })]);
  });

  it("refuses a row that is longer than any is", async () => {
    async function* blocks() {
      yield Buffer.from('a\n"');
      for (let count = 0; count < 65; count++) yield Buffer.alloc(2 ** 20, "x");
    }
    const reading = Array.fromAsync(parseRecords(blocks(), { file: "p.csv", delimiter: "," }));
    await expect(reading).rejects.toMatchObject({ row: 2, code: "line_too_long", message: /longer than 64 MiB/ });
  });
});
