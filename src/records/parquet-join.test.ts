import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "./duckdb.ts";
import { openParquetJoiner } from "./parquet-join.ts";
import { readThrift, type ThriftStruct, type ThriftValue, writeThrift } from "./thrift-compact.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-join-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function query(sql: string): Promise<unknown[][]> {
  using database = await openDatabase({ threads: 1 });
  return (await database.connection.run(sql)).getRows() as Promise<unknown[][]>;
}

async function writePart(name: string, sql: string): Promise<string> {
  const path = join(dir, `${name}.parquet`);
  await query(`COPY (${sql}) TO '${path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)`);
  return path;
}

async function joinParts(parts: readonly string[]): Promise<string> {
  const path = join(dir, "joined.parquet");
  await using joiner = await openParquetJoiner(path);
  for (const part of parts) await joiner.append(part);
  await joiner.end();
  return path;
}

/** Columns that are written with a dictionary and a bloom filter, without, nested, and with nulls. */
const columns =
  "range AS number, range % 3 || ' of three' AS word, md5(range::VARCHAR) AS sum, [{'a': range, 'b': NULL}] AS list";

describe("openParquetJoiner", () => {
  it("makes one file that reads as its parts do, in their order", async () => {
    const parts = [
      await writePart("a", `SELECT ${columns} FROM range(5000)`),
      await writePart("none", `SELECT ${columns} FROM range(0)`),
      await writePart("b", `SELECT ${columns} FROM range(5000, 7000)`),
      await writePart("c", `SELECT ${columns} FROM range(7000, 7001)`),
    ];
    const joined = await joinParts(parts);
    const whole = `SELECT ${columns} FROM range(7001)`;
    expect(await query(`SELECT count(*) FROM '${joined}'`)).toEqual([[7001n]]);
    expect(
      await query(`(SELECT * FROM '${joined}' EXCEPT ${whole}) UNION ALL (${whole} EXCEPT SELECT * FROM '${joined}')`),
    ).toEqual([]);
    expect(
      await query(
        `SELECT count(*) FROM read_parquet('${joined}', file_row_number = true) WHERE number <> file_row_number`,
      ),
    ).toEqual([[0n]]);
    // Bloom filters and statistics lead to the row of the last part.
    expect(await query(`SELECT number FROM '${joined}' WHERE sum = md5('6999')`)).toEqual([[6999n]]);
    expect(await query(`SELECT count(*) FROM '${joined}' WHERE word = '1 of three'`)).toEqual([[2334n]]);
    expect(await query(`SELECT DISTINCT row_group_num_rows FROM parquet_metadata('${joined}') ORDER BY 1`)).toEqual([
      [1n],
      [904n],
      [2000n],
      [2048n],
    ]);
  });

  it("refuses parts with other columns", async () => {
    const parts = [await writePart("a", "SELECT 1 AS x"), await writePart("b", "SELECT 1 AS y")];
    await expect(joinParts(parts)).rejects.toThrow("differ in their columns");
  });
});

const value: fc.Arbitrary<{ type: number; value: ThriftValue }> = fc.letrec<{
  any: { type: number; value: ThriftValue };
}>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.boolean().map((value) => ({ type: value ? 1 : 2, value })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: 6, value })),
    fc.uint8Array().map((bytes) => ({ type: 8, value: Buffer.from(bytes) })),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => ({ type: 7, value: Buffer.from(bytes) })),
    fc
      .array(fc.bigInt({ min: -100n, max: 100n }), { maxLength: 20 })
      .map((items) => ({ type: 9, value: { itemType: 5, items } })),
    fc.array(fc.boolean()).map((items) => ({ type: 9, value: { itemType: 2, items } })),
    fc
      .array(fc.tuple(fc.integer({ min: 1, max: 40 }), tie("any")))
      .map((fields) => ({ type: 12, value: structOf(fields) })),
  ),
})).any;

function structOf(fields: readonly (readonly [number, { type: number; value: ThriftValue }])[]): ThriftStruct {
  return new Map([...new Map(fields)].sort(([one], [other]) => one - other));
}

describe("Thrift's compact protocol", () => {
  it("gives back any tree", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 32767 }), value)).map(structOf), (tree) => {
        expect(readThrift(writeThrift(tree))).toEqual(tree);
      }),
    );
  });

  it("gives back the bytes of a footer", async () => {
    const bytes = await readFile(await writePart("footer", `SELECT ${columns} FROM range(9000)`));
    const footer = bytes.subarray(bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8), -8);
    expect(writeThrift(readThrift(footer)).equals(footer)).toBe(true);
    expect(() => readThrift(footer.subarray(0, 200))).toThrow(RangeError);
  });
});
