import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { type Database, openDatabase } from "./duckdb.ts";

async function setting({ connection }: Database, name: string): Promise<string> {
  return String((await (await connection.run(`SELECT current_setting('${name}')`)).getRows())[0]?.[0]);
}

it("works in a folder of its own where memory does not suffice, and removes it", async () => {
  const database = await openDatabase({ threads: 1, memoryLimit: "48MB" });
  const another = await openDatabase({ threads: 1 });
  const folder = await setting(database, "temp_directory");
  expect(await setting(another, "temp_directory")).not.toBe(folder);
  await database.connection.run("CREATE TABLE rows AS SELECT range, hash(range) AS value FROM range(8000000)");
  expect(existsSync(folder)).toBe(true);
  another[Symbol.dispose]();
  expect(existsSync(folder)).toBe(true);
  database[Symbol.dispose]();
  expect(existsSync(folder)).toBe(false);
});
