import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/records/duckdb.ts";
import { teacherOutputSchema, writeParquet } from "../../src/records/index.ts";
import { gateRows } from "./filter-rows.ts";

/** Where the rows, the projects and what the peers write are kept between runs. */
export const benchFolder = join(tmpdir(), "nexa-bench-filter");

/** Changes with the code that makes the rows, so that a file of other rows is never reused. */
function rowsVersion(): string {
  const hash = createHash("sha256");
  for (const file of ["filter-rows.ts", "prose.ts"]) hash.update(readFileSync(join(import.meta.dirname, file)));
  return hash.digest("hex").slice(0, 8);
}

/** Teacher outputs as Parquet, made once for each count. */
export async function makeRows(count: number): Promise<string> {
  const path = join(benchFolder, `rows-${rowsVersion()}-${count}.parquet`);
  if (existsSync(path)) return path;
  await mkdir(benchFolder, { recursive: true });
  await dropOldRows();
  console.log(`making ${count.toLocaleString("en-US")} rows in ${benchFolder} ...`);
  await writeParquet(path, { schema: teacherOutputSchema, rows: gateRows(count) });
  return path;
}

async function dropOldRows(): Promise<void> {
  for (const name of readdirSync(benchFolder)) {
    if (/^rows-/.test(name) && !name.startsWith(`rows-${rowsVersion()}-`)) await rm(join(benchFolder, name));
  }
}

/** The same rows as JSON lines, for those who read no Parquet: `id` and `text`. */
export async function makeLines(parquetPath: string): Promise<string> {
  const path = parquetPath.replace(/\.parquet$/, ".jsonl");
  if (existsSync(path)) return path;
  using database = await openDatabase();
  const select = "SELECT id, teacher_output AS text FROM read_parquet($1)";
  await database.connection.run(`COPY (${select}) TO $2 (FORMAT json)`, [parquetPath, path]);
  return path;
}

/** Mean bytes of an answer. */
export async function meanAnswerBytes(parquetPath: string): Promise<number> {
  using database = await openDatabase();
  const reader = await database.connection.runAndReadAll("SELECT avg(strlen(teacher_output)) FROM read_parquet($1)", [
    parquetPath,
  ]);
  return Number(reader.getRows()[0]?.[0]);
}
