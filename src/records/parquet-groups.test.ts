import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { text } from "./columns.ts";
import { type Database, openDatabase } from "./duckdb.ts";
import { chooseGroupRows } from "./parquet-groups.ts";
import { writeParquet } from "./parquet-write.ts";

let dir: string;
let database: Database;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-groups-"));
  database = await openDatabase({ threads: 1 });
});
afterAll(async () => {
  database[Symbol.dispose]();
  await rm(dir, { recursive: true, force: true });
});

async function write(name: string, lengths: readonly number[]): Promise<string> {
  const path = join(dir, name);
  const rows = lengths.map((length, index) => ({ answer: `${index} ${"x".repeat(length)}` }));
  await writeParquet(path, { schema: { name: "answers", columns: { answer: text } }, rows });
  return path;
}

async function groupsOf(path: string): Promise<number[]> {
  const sql = `SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata('${path}') ORDER BY 1`;
  return (await (await database.connection.run(sql)).getRows()).map(([, rows]) => Number(rows));
}

const short = Array.from({ length: 10_000 }, () => 10);

describe("row groups", () => {
  it("end at 6,144 rows, and earlier with long ones", async () => {
    expect(await groupsOf(await write("short.parquet", short))).toEqual([6144, 3856]);
    const long = 9_000_000;
    expect(await groupsOf(await write("long.parquet", [...short.slice(0, 100), long, long, long, 10]))).toEqual([
      102, 2,
    ]);
    expect(await groupsOf(await write("longest.parquet", [20_000_000, 20_000_000, 10]))).toEqual([1, 1, 1]);
  });

  it("of a copy are large for short rows, and keep long ones apart", async () => {
    expect(await chooseGroupRows(database.connection, await write("short.parquet", short))).toBe(16_384);
    const path = await write("mixed.parquet", [...short, 20_000_000, 20_000_000, ...short]);
    const rows = await chooseGroupRows(database.connection, path);
    expect(rows).toBe(1);
    const copy = join(dir, "copy.parquet");
    await database.connection.run(`COPY (FROM '${path}') TO '${copy}' (FORMAT parquet, ROW_GROUP_SIZE ${rows})`);
    const groups = await groupsOf(copy);
    expect(groups.filter((group) => group === 1).length).toBeGreaterThanOrEqual(1);
    expect(groups.reduce((sum, group) => sum + group, 0)).toBe(20_002);
  });

  it("are chosen also for a file without rows", async () => {
    expect(await chooseGroupRows(database.connection, await write("none.parquet", []))).toBe(16_384);
  });
});
