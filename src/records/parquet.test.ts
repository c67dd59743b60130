import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../core/index.ts";
import { boolean, double, integer, list, nullable, type RowSchema, text } from "./columns.ts";
import { readParquet } from "./parquet-read.ts";
import { writeParquet } from "./parquet-write.ts";
import {
  type FilteredRow,
  type RejectionRow,
  reasonCodes,
  type SftRow,
  splitNames,
  type TeacherOutputRow,
} from "./rows.ts";
import { filteredSchema, rejectionSchema, sftSchema, teacherOutputSchema } from "./schemas.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-parquet-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    "\0",
    "a\0b",
    "\r\n\t",
    "\u2028",
    "\ufeff",
    "👩🏽‍🔬",
    "NULL",
    "'; DROP TABLE rows; --",
    "x".repeat(5_000),
  ),
);
const anyNullable = fc.option(anyText);
const anyDouble = fc.double({ noNaN: true });
const anyCount = fc.nat({ max: 2 ** 31 - 1 });
const anyMessages = fc.array(fc.record({ role: fc.constantFrom("system", "user", "assistant"), content: anyText }), {
  maxLength: 4,
});

const teacherFields = {
  id: anyText,
  sample: anyCount,
  prompt: anyText,
  messages: anyMessages,
  system: anyNullable,
  category: anyNullable,
  expects_json: fc.boolean(),
  reference: anyNullable,
  group: anyText,
  teacher_output: anyNullable,
  reasoning: anyNullable,
  model: anyText,
  finish_reason: anyText,
  prompt_tokens: anyCount,
  completion_tokens: anyCount,
  cost_usd: anyDouble,
  error: anyNullable,
};
const filteredFields = {
  ...teacherFields,
  judge_score: fc.option(anyDouble),
  judge: anyNullable,
  judge_scores: anyNullable,
  judge_rationale: anyNullable,
  safety_flags: fc.array(anyText, { maxLength: 3 }),
};
const anyTeacherOutput: fc.Arbitrary<TeacherOutputRow> = fc.record(teacherFields, { noNullPrototype: true });
const anyFiltered: fc.Arbitrary<FilteredRow> = fc.record(filteredFields, { noNullPrototype: true });
const anyRejection: fc.Arbitrary<RejectionRow> = fc.record(
  { ...filteredFields, reasons: fc.array(fc.constantFrom(...reasonCodes), { maxLength: 4 }), reason_details: anyText },
  { noNullPrototype: true },
);
const anySft: fc.Arbitrary<SftRow> = fc.record(
  {
    id: anyText,
    messages: anyMessages,
    split: fc.constantFrom(...splitNames),
    metadata: fc.record(
      {
        sample: anyCount,
        category: anyNullable,
        group: anyText,
        teacher: anyText,
        judge: anyNullable,
        judge_score: fc.option(anyDouble),
        prompt_tokens: fc.option(anyCount),
        completion_tokens: fc.option(anyCount),
      },
      { noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
);

async function checkRoundTrip<Row>(schema: RowSchema<Row>, row: fc.Arbitrary<Row>): Promise<void> {
  const path = join(dir, "round.parquet");
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), async (rows) => {
      expect(await writeParquet(path, { schema, rows })).toBe(rows.length);
      expect(await readParquet(path, schema)).toEqual(rows);
    }),
    { numRuns: 12 },
  );
}

describe("every file's rows come back as they were", () => {
  it("teacher outputs", () => checkRoundTrip(teacherOutputSchema, anyTeacherOutput));
  it("filtered rows", () => checkRoundTrip(filteredSchema, anyFiltered));
  it("rejections", () => checkRoundTrip(rejectionSchema, anyRejection));
  it("packaged rows", () => checkRoundTrip(sftSchema, anySft));
});

interface Small {
  readonly name: string;
  readonly n: number;
  readonly tags: readonly string[];
  readonly score: number | null;
  readonly isGood: boolean;
}
const small: RowSchema<Small> = {
  name: "small rows",
  columns: { name: text, n: integer, tags: list(text), score: nullable(double), isGood: boolean },
};
const smallRow = (n: number): Small => ({ name: `row ${n}`, n, tags: ["a"], score: null, isGood: true });

async function failure(work: Promise<unknown>): Promise<DataError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

describe("writeParquet", () => {
  it("keeps the order over many chunks, and equal rows give equal bytes", async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => smallRow(index));
    const [first, second] = [join(dir, "first.parquet"), join(dir, "second.parquet")];
    await writeParquet(first, { schema: small, rows });
    await writeParquet(second, { schema: small, rows });
    expect(await readParquet(first, small)).toEqual(rows);
    expect((await readFile(first)).equals(await readFile(second))).toBe(true);
  });

  it("replaces half a surrogate pair, as JSONL does", async () => {
    const path = join(dir, "half.parquet");
    await writeParquet(path, { schema: small, rows: [{ ...smallRow(1), name: "x\ud800y" }] });
    expect((await readParquet(path, small))[0]?.name).toBe("x\ufffdy");
  });

  it("takes folders and files whose names mean something to SQL or to a pattern", async () => {
    const folder = join(dir, "it's [1] *?", "year=2020");
    await mkdir(folder, { recursive: true });
    const path = join(folder, `"; DROP TABLE rows; --.parquet`);
    await writeParquet(path, { schema: small, rows: [smallRow(1)] });
    expect(await readParquet(path, small)).toEqual([smallRow(1)]);
  });

  it("names row and column of a value that does not fit, and leaves the old file and nothing else", async () => {
    const folder = await mkdtemp(join(dir, "atomic-"));
    const path = join(folder, "rows.parquet");
    await writeParquet(path, { schema: small, rows: [smallRow(1)] });
    const rows = [smallRow(1), { ...smallRow(2), n: 1.5 }];
    const error = await failure(writeParquet(path, { schema: small, rows, projectPath: "data/rows.parquet" }));
    expect(error).toMatchObject({ file: "data/rows.parquet", row: 2 });
    expect(error.message).toContain("`n`");
    expect(await readParquet(path, small)).toEqual([smallRow(1)]);
    expect(await readdir(folder)).toEqual(["rows.parquet"]);
  });

  it("names the place inside a list", async () => {
    const rows = [{ ...smallRow(1), tags: ["a", null as unknown as string] }];
    expect((await failure(writeParquet(join(dir, "list.parquet"), { schema: small, rows }))).message).toContain(
      "`tags[1]`",
    );
  });
});

describe("readParquet", () => {
  it.each([
    ["cut", async (bytes: Buffer) => bytes.subarray(0, bytes.length - 40)],
    ["damaged inside", async (bytes: Buffer) => Buffer.from(bytes).fill(7, 10, 60)],
    ["text", async () => "no Parquet at all, but long enough to be looked at"],
    ["empty", async () => ""],
  ])("says so of a file that is %s", async (_name, damage) => {
    const path = join(dir, "damaged.parquet");
    await writeParquet(path, { schema: small, rows: Array.from({ length: 50 }, (_, index) => smallRow(index)) });
    await writeFile(path, await damage(await readFile(path)));
    const error = await failure(readParquet(path, small, { projectPath: "data/damaged.parquet" }));
    expect(error).toMatchObject({ code: "bad_parquet", file: "data/damaged.parquet", exitCode: 4 });
    expect(error.hint).toBeTruthy();
  });

  it("says so of a missing file and of a folder", async () => {
    expect((await failure(readParquet(join(dir, "none.parquet"), small))).code).toBe("missing_file");
    expect((await failure(readParquet(dir, small))).code).toBe("unreadable_file");
  });

  it("names the column that is missing or of another type", async () => {
    const path = join(dir, "columns.parquet");
    await writeParquet(path, { schema: small, rows: [smallRow(1)] });
    const missing: RowSchema<Small & { other: string }> = {
      name: "other rows",
      columns: { ...small.columns, other: text },
    };
    expect((await failure(readParquet(path, missing))).message).toContain("no column `other`");
    const typed: RowSchema<Small> = { name: "other rows", columns: { ...small.columns, tags: text } };
    const error = await failure(readParquet(path, typed));
    expect(error.message).toContain("`tags` is VARCHAR[]");
    expect(error.code).toBe("wrong_columns");
  });

  it("names the row whose value does not fit", async () => {
    const path = join(dir, "nulls.parquet");
    const loose: RowSchema<Small> = { name: "loose", columns: { ...small.columns, name: nullable(text) } };
    await writeParquet(path, {
      schema: loose,
      rows: [smallRow(1), { ...smallRow(2), name: null as unknown as string }],
    });
    expect(await failure(readParquet(path, small))).toMatchObject({ row: 2, code: "wrong_value" });
  });
});
