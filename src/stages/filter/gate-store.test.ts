import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  filteredSchema,
  readParquet,
  rejectionSchema,
  type TeacherOutputRow,
  teacherOutputSchema,
  writeParquet,
} from "../../records/index.ts";
import { openGateStore } from "./gate-store.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-gate-store-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function rowNumber(number: number): TeacherOutputRow {
  return {
    id: `row-${number}`,
    sample: number % 2,
    prompt: `Prompt ${number}`,
    messages: [{ role: "user", content: `Prompt ${number} \0 \u2028` }],
    system: null,
    category: number % 3 === 0 ? "c" : null,
    expects_json: false,
    reference: null,
    group: `${number}`,
    teacher_output: number % 5 === 0 ? null : `\ufeffAnswer ${number}`,
    reasoning: null,
    model: "teacher",
    finish_reason: "stop",
    prompt_tokens: 1,
    completion_tokens: 2,
    cost_usd: 0.25,
    error: null,
  };
}

async function setUp(count: number) {
  const rows = Array.from({ length: count }, (_, number) => rowNumber(number));
  const folder = await mkdtemp(join(dir, "it's [1] "));
  const path = join(folder, "in.parquet");
  await writeParquet(path, { schema: teacherOutputSchema, rows });
  return { rows, path, kept: join(folder, "kept.parquet"), rejections: join(folder, "rejections.parquet") };
}

const noVerdict = { judge_score: null, judge: null, judge_scores: null, judge_rationale: null, safety_flags: [] };

it("puts every row into one of the files, whole and in the input's order, over many row groups", async () => {
  const { rows, path, kept, rejections } = await setUp(30_000);
  const isRejected = (number: number): boolean => number % 3 === 1 || number > 29_000;
  {
    using store = await openGateStore({ path, rows: rows.length });
    // Threads and judges answer in any order.
    for (const number of rows.keys().toArray().toReversed()) {
      if (isRejected(number)) store.addFailure({ row: number, place: 0, reason: "empty", detail: `{"n":${number}}` });
    }
    await store.write({ kept, rejections });
  }
  const good = rows.filter((_, number) => !isRejected(number)).map((row) => ({ ...row, ...noVerdict }));
  expect(await readParquet(kept, filteredSchema)).toEqual(good);
  const bad = rows.flatMap((row, number) =>
    isRejected(number)
      ? [{ ...row, ...noVerdict, reasons: ["empty"], reason_details: `{"empty":{"n":${number}}}` }]
      : [],
  );
  expect(await readParquet(rejections, rejectionSchema)).toEqual(bad);
});

it("lists a row's reasons in the rules' order, joins its verdict, and gives kept rows their new answer", async () => {
  const { rows, path, kept, rejections } = await setUp(4);
  using store = await openGateStore({ path, rows: rows.length });
  const verdict = {
    judge_score: 0.5,
    judge: "j",
    judge_scores: '{"a":1}',
    judge_rationale: "so \0 '\"",
    safety_flags: ["x"],
  };
  store.addVerdict({ row: 2, ...verdict });
  store.addFailure({ row: 2, place: 4, reason: "low_judge_score", detail: '{"score":0.5}' });
  store.addFailure({ row: 2, place: 1, reason: "rule:mine", detail: '"it\'s \\u0000"' });
  store.addEdit({ row: 1, answer: "Write to [EMAIL]" });
  store.addEdit({ row: 2, answer: "Never seen" });
  await store.write({ kept, rejections });
  const [rejected] = await readParquet(rejections, rejectionSchema);
  expect(rejected).toEqual({
    ...rows[2],
    ...verdict,
    reasons: ["rule:mine", "low_judge_score"],
    reason_details: '{"rule:mine":"it\'s \\u0000","low_judge_score":{"score":0.5}}',
  });
  const good = await readParquet(kept, filteredSchema);
  expect(good.map(({ teacher_output }) => teacher_output)).toEqual([null, "Write to [EMAIL]", "\ufeffAnswer 3"]);
});

it("makes no file of kept rows where none is wanted, and reads costs and single rows", async () => {
  const { path, rejections } = await setUp(10);
  using store = await openGateStore({ path, rows: 10 });
  expect(await store.sumCost()).toBe(2.5);
  for (let row = 0; row < 10; row++) store.addFailure({ row, place: 0, reason: "empty", detail: "{}" });
  expect(await store.readRows([0, 7])).toEqual(
    new Map([
      [0, { id: "row-0", sample: 0, answer: null }],
      [7, { id: "row-7", sample: 1, answer: "\ufeffAnswer 7" }],
    ]),
  );
  await store.write({ kept: null, rejections });
  expect(await readParquet(rejections, rejectionSchema)).toHaveLength(10);
});

it("shows no answer that holds a secret or personal data, or had it taken out", async () => {
  const { path } = await setUp(10);
  using store = await openGateStore({ path, rows: 10 });
  store.addFailure({ row: 1, place: 0, reason: "secret", detail: "{}" });
  store.addFailure({ row: 2, place: 0, reason: "citation", detail: "{}" });
  store.addEdit({ row: 3, answer: "[EMAIL]" });
  const rows = await store.readRows([1, 2, 3]);
  expect([1, 2, 3].map((row) => rows.get(row)?.answer)).toEqual([null, "\ufeffAnswer 2", null]);
});
