import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert, asyncProperty, constantFrom, property, string } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../core/index.ts";
import { iterateCsv } from "./csv-read.ts";
import { createRecordParser } from "./csv-record.ts";
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

  it("comes back from RFC 4180's own way of writing, whatever the text", () => {
    const quote = (field: string): string => `"${field.replaceAll('"', '""')}"`;
    assert(
      property(array(string({ unit: "grapheme" }), { minLength: 1, maxLength: 4 }), (fields) => {
        const text = fields.map(quote).join(",");
        const parser = createRecordParser(",");
        const fed = text.split("\n").map((line) => parser.feed(line));
        expect(fed.at(-1)).toEqual({ fields });
        expect(fed.slice(0, -1).every((one) => one === "open")).toBe(true);
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
});
