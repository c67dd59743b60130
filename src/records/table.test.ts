import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Bool,
  Field,
  Float64,
  Int64,
  List,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Struct,
  Table,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { array, assert, asyncProperty, json } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../core/index.ts";
import { openTable } from "./table.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-table-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array, columns?: readonly string[]) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const rows: { value: unknown; line: number }[] = [];
  for await (const row of (await openTable(path)).rows(columns)) {
    if (row instanceof DataError) throw row;
    rows.push(row);
  }
  return rows;
}

describe("a JSON array", () => {
  it("gives each element with its line, whatever stands in it", async () => {
    const texts = array(json(), { minLength: 1, maxLength: 6 });
    await assert(
      asyncProperty(texts, async (elements) => {
        const rows = await read("any.json", ` [\n${elements.join("\n ,\n")}\n]\n`);
        expect(rows).toEqual(elements.map((text, index) => ({ value: JSON.parse(text), line: 2 + 2 * index })));
      }),
      { numRuns: 100 },
    );
  });

  it("is read over the blocks of a large file", async () => {
    const elements = Array.from({ length: 40_000 }, (_, index) => ({ id: index, text: `"[{é☃,}]" ${"x".repeat(40)}` }));
    const rows = await read("large.json", JSON.stringify(elements));
    expect(rows.map(({ value }) => value)).toEqual(elements);
  });

  it("without elements is empty", async () => {
    await expect(read("none.json", "[ ]")).rejects.toMatchObject({ code: "empty_file" });
  });
});

describe("an Arrow file", () => {
  const values = [
    { id: 1n, name: "a", turns: [{ role: "user", content: "x" }], score: 0.5, ok: true, none: null },
    { id: 2n ** 60n, name: "b", turns: [], score: 1.5, ok: false, none: null },
  ];
  const plain = [
    { id: 1, name: "a", turns: [{ role: "user", content: "x" }], score: 0.5, ok: true, none: null },
    { id: "1152921504606846976", name: "b", turns: [], score: 1.5, ok: false, none: null },
  ];

  const turn = new Struct([new Field("role", new Utf8()), new Field("content", new Utf8())]);
  const types = {
    id: new Int64(),
    name: new Utf8(),
    turns: new List(new Field("item", turn)),
    score: new Float64(),
    ok: new Bool(),
    none: new Utf8(),
  };
  const table = new Table(
    Object.fromEntries(
      Object.entries(types).map(([name, type]) => [
        name,
        vectorFromArray(
          values.map((value) => value[name as keyof typeof value]),
          type,
        ),
      ]),
    ),
  );

  it.each([
    ["stream", RecordBatchStreamWriter],
    ["file", RecordBatchFileWriter],
  ])("may be a %s", async (_name, Writer) => {
    const bytes = Writer.writeAll(table).toUint8Array(true);
    expect(await read("rows.arrow", bytes)).toEqual(plain.map((value, index) => ({ value, line: index + 1 })));
    expect(await read("rows.arrow", bytes, ["name"])).toMatchObject([
      { value: { name: "a" } },
      { value: { name: "b" } },
    ]);
  });

  it("that is cut is told so", async () => {
    const bytes = RecordBatchFileWriter.writeAll(table).toUint8Array(true);
    await expect(read("cut.arrow", bytes.slice(0, bytes.length / 2))).rejects.toMatchObject({
      code: "bad_arrow",
      exitCode: 4,
    });
  });
});
