import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../core/index.ts";
import { type ReadOptions, readJsonl } from "./jsonl-read.ts";
import { writeJsonl } from "./jsonl-write.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-jsonl-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function fileWith(content: string | Uint8Array): Promise<string> {
  const path = join(dir, `${Math.random().toString(36).slice(2)}.jsonl`);
  await writeFile(path, content);
  return path;
}

async function readAll(path: string, options?: ReadOptions) {
  return Array.fromAsync(readJsonl(path, options));
}

async function failure(path: string, options?: ReadOptions): Promise<DataError> {
  const error = await readAll(path, options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

describe("readJsonl", () => {
  it("gives each value with its line, over a byte order mark, CRLF and blank lines", async () => {
    const path = await fileWith('\ufeff{"a":1}\r\n\r\n  \n{"a":"x\\n😀"}');
    expect(await readAll(path)).toEqual([
      { value: { a: 1 }, line: 1 },
      { value: { a: "x\n😀" }, line: 4 },
    ]);
  });

  it("joins lines that are longer than one read", async () => {
    const long = "é".repeat(1_500_000);
    const path = await fileWith(`{"a":"${long}"}\n{"a":"end"}\n`);
    const rows = await readAll(path);
    expect(rows.map(({ line }) => line)).toEqual([1, 2]);
    expect(rows.map(({ value }) => (value as { a: string }).a === long)).toEqual([true, false]);
  });

  it.each([
    ["missing", null, undefined, "missing_file"],
    ["empty", "", undefined, "empty_file"],
    ["blank", "\n \n\t\n", undefined, "empty_file"],
    ["broken in its second line", '{"a":1}\n{"a":}\n{"a":2}\n', 2, "invalid_line"],
    ["cut in its last line", '{"a":1}\n{"a":"he', 2, "cut_line"],
    ["Latin-1", Buffer.from('{"a":1}\n{"a":"caf\xe9"}\n', "latin1"), 2, "not_utf8"],
    ["UTF-16", Buffer.from('\ufeff{"a":1}\n', "utf16le"), 1, "not_utf8"],
  ])("names file, line and remedy of a file that is %s", async (_name, content, row, code) => {
    const path = content === null ? join(dir, "none.jsonl") : await fileWith(content);
    const error = await failure(path, { projectPath: "data/x.jsonl" });
    expect(error).toMatchObject({ code, row, file: "data/x.jsonl", exitCode: 4 });
    expect(error.message.startsWith(row === undefined ? "data/x.jsonl: " : `data/x.jsonl:${row}: `)).toBe(true);
    expect(error.hint).toBeTruthy();
  });

  it("refuses a folder", async () => {
    expect((await failure(dir)).code).toBe("unreadable_file");
  });

  it("stops at a line past the limit, before it has read it all", async () => {
    const path = await fileWith(`{"a":1}\n${"x".repeat(3 * 2 ** 20)}`);
    expect(await failure(path, { maxLineBytes: 2 ** 20 })).toMatchObject({ code: "line_too_long", row: 2 });
  });

  it("keeps escape sequences of a broken line out of the message", async () => {
    const error = await failure(await fileWith('{"a": \u001b[31mred}\n'));
    expect(error.message).not.toContain("\u001b");
  });
});

describe("writeJsonl", () => {
  it("gives every text back code unit by code unit", async () => {
    const path = join(dir, "round.jsonl");
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\u2028", "\0", "\r\n", "\\ud800", "\ufeff", " "),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ text, n: fc.integer() }), { minLength: 1, maxLength: 20 }),
        async (rows) => {
          await writeJsonl(path, rows);
          expect((await readAll(path)).map(({ value }) => value)).toEqual(rows);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("replaces half a surrogate pair, and nothing else", async () => {
    const path = join(dir, "half.jsonl");
    await writeJsonl(path, [{ a: "x\ud800y", b: "\\ud800", c: "😀" }]);
    expect(await readFile(path, "utf8")).toBe('{"a":"x\ufffdy","b":"\\\\ud800","c":"😀"}\n');
  });

  it("leaves the old file, and no temporary one, when a row cannot be written", async () => {
    const folder = await mkdtemp(join(dir, "atomic-"));
    const path = join(folder, "rows.jsonl");
    await writeJsonl(path, [{ a: 1 }]);
    async function* failing() {
      yield { a: 2 };
      throw new Error("the source broke");
    }
    await expect(writeJsonl(path, failing())).rejects.toThrow("the source broke");
    expect(await readFile(path, "utf8")).toBe('{"a":1}\n');
    expect(await readdir(folder)).toEqual(["rows.jsonl"]);
  });
});
