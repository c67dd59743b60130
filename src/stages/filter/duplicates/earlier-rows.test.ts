import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../../../core/index.ts";
import { findDuplicates } from "./find-duplicates.ts";
import { createFingerprintStore } from "./fingerprint-store.ts";
import { duplicatesConfig, fillStore, manyWords, type TestRow } from "./fixtures.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-earlier-"));
});
afterAll(() => rm(dir, { recursive: true }));

const answer = manyWords(150).join(" ");
const user = { role: "user", content: "How?" };

async function writeRows(name: string, ...rows: unknown[]): Promise<void> {
  await writeFile(join(dir, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

async function findAgainst(against: string[], rows: readonly TestRow[]) {
  const store = await fillStore(rows, { config: { ...duplicatesConfig(), against }, dir });
  const states = { scores: new Float64Array(rows.length), admissible: new Uint8Array(rows.length).fill(1) };
  const { original, isExact } = findDuplicates(store, states);
  return [...original].map((of, row) => ({ of: store.earlierRow(of) ?? of, isExact: isExact[row] === 1 }));
}

async function failure(against: string): Promise<DataError> {
  const config = { ...duplicatesConfig(), against: [against] };
  const error = await createFingerprintStore({ rows: 1, config, dir }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

describe("rows of earlier datasets", () => {
  it("count as kept from the start, and are named by file and id", async () => {
    await writeRows(
      "one.jsonl",
      { id: "a", prompt: "How?", teacher_output: answer },
      { prompt: "B", teacher_output: "c" },
    );
    const messages = [{ role: "system", content: "S" }, user, { role: "assistant", content: "d" }];
    await writeRows("two.jsonl", { id: 7, messages }, { id: 7, messages });
    const found = await findAgainst(
      ["*.jsonl"],
      [
        { request: "b", answer: "C" },
        { request: "How?", answer: answer.replace("wordcx", "another") },
        { request: "how?", answer: "d" },
        { request: "how?", answer: "e" },
        { request: "how?", answer: "E" },
      ],
    );
    expect(found).toEqual([
      { of: { file: "one.jsonl", id: "row-2" }, isExact: true },
      { of: { file: "one.jsonl", id: "a" }, isExact: false },
      { of: { file: "two.jsonl", id: "7" }, isExact: true },
      { of: -1, isExact: false },
      { of: 3, isExact: true },
    ]);
  });

  it("may have no answer, and are nobody's original then", async () => {
    await writeRows("empty.jsonl", { prompt: "A", teacher_output: null }, { prompt: "A", teacher_output: " \n" });
    expect(await findAgainst(["empty.jsonl"], [{ request: "A", answer: "b" }])).toEqual([{ of: -1, isExact: false }]);
  });

  it("compare a conversation of several turns as the gate's rows have it", async () => {
    const turns = [user, { role: "assistant", content: "So." }, { role: "user", content: "Why?" }];
    await writeRows("turns.jsonl", { messages: [...turns, { role: "assistant", content: "Because." }] });
    const request = turns.map(({ role, content }) => `${role}: ${content}`).join("\n\n");
    const [found] = await findAgainst(["turns.jsonl"], [{ request, answer: "Because." }]);
    expect(found).toEqual({ of: { file: "turns.jsonl", id: "row-1" }, isExact: true });
  });

  it("are said to be missing, by file or pattern, with the key", async () => {
    expect(await failure("none.jsonl")).toMatchObject({ file: "none.jsonl" });
    expect(await failure("none-*.jsonl")).toMatchObject({ code: "missing_file", file: "none-*.jsonl" });
    expect((await failure("none-*.jsonl")).hint).toContain("duplicates.against");
    expect((await failure(".")).message).toContain("folder");
  });

  it("are said to be of another shape, by file and row", async () => {
    await writeRows("shape.jsonl", { prompt: "A", teacher_output: "b" }, { prompt: 5, teacher_output: "b" });
    expect(await failure("shape.jsonl")).toMatchObject({ file: "shape.jsonl", row: 2, code: "wrong_row" });
    await writeFile(join(dir, "shape.csv"), "question,answer\na,b\n");
    expect((await failure("shape.csv")).message).toContain("question, answer");
  });
});

describe("the store", () => {
  it("refuses blocks that do not fit", async () => {
    const store = await createFingerprintStore({ rows: 1, config: duplicatesConfig(), dir });
    expect(() => store.put(1, { rows: 1, words: new Int32Array(46) })).toThrow(RangeError);
    expect(() => store.put(0, { rows: 1, words: new Int32Array(3) })).toThrow(RangeError);
  });
});
