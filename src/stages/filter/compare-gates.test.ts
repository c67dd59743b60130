import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../records/duckdb.ts";
import type { ReasonCode } from "../../records/index.ts";
import { compareGates, type GateFiles } from "./compare-gates.ts";
import { changesToJson, renderChanges } from "./gate-changes.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "nexa-gates-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Row {
  readonly id: string;
  readonly sample?: number;
  readonly score?: number | null;
  /** None for a kept row. */
  readonly reasons?: readonly ReasonCode[];
}

let gates = 0;

/** Writes a gate's two files with the columns that count. */
async function writeGate(rows: readonly Row[]): Promise<GateFiles> {
  const folder = join(root, `gate-${gates++}`);
  const files = { kept: `${folder}-kept.parquet`, rejections: `${folder}-rejections.parquet` };
  using database = await openDatabase({ threads: 1 });
  const { connection } = database;
  await connection.run("CREATE TABLE gate (id VARCHAR, sample INTEGER, judge_score DOUBLE, reasons VARCHAR[])");
  for (const { id, sample = 0, score = null, reasons = [] } of rows) {
    const list = reasons.map((reason) => `'${reason}'`).join(", ");
    await connection.run(`INSERT INTO gate VALUES ($1, $2, $3, [${list}])`, [id, sample, score]);
  }
  const copy = (what: string, path: string) => connection.run(`COPY (${what}) TO '${path}' (FORMAT parquet)`);
  await copy("SELECT id, sample, judge_score FROM gate WHERE len(reasons) = 0", files.kept);
  await copy("SELECT * FROM gate WHERE len(reasons) > 0", files.rejections);
  return files;
}

const earlier: readonly Row[] = [
  { id: "stays", score: 0.9 },
  { id: "falls", score: 0.82 },
  { id: "rises", score: 0.7, reasons: ["low_judge_score", "citation"] },
  { id: "rises", sample: 1, reasons: ["citation"] },
  { id: "unsure", reasons: ["unjudged"] },
  { id: "unsure-and-worse", reasons: ["unjudged"] },
  { id: "stays-out", reasons: ["unjudged", "citation"] },
  { id: "goes" },
];
const later: readonly Row[] = [
  { id: "rises", sample: 1 },
  { id: "rises", score: 0.7 },
  { id: "stays", score: 0.9 },
  { id: "falls", score: 0.82, reasons: ["low_judge_score"] },
  { id: "unsure", score: 1 },
  { id: "unsure-and-worse", reasons: ["unjudged", "near_duplicate"] },
  { id: "stays-out", reasons: ["citation"] },
  { id: "comes", reasons: ["rule:no-fluff"] },
];

describe("two gates", () => {
  it("are compared row by row, in whatever order their rows are", async () => {
    const [before, after] = [await writeGate(earlier), await writeGate(later.toReversed())];
    const changes = await compareGates({ before, after });
    expect(changes).toMatchObject({
      before: { kept: 3, rejected: 3, unjudged: 2 },
      after: { kept: 4, rejected: 4, unjudged: 0 },
      newlyUnjudged: 0,
      stillKept: 1,
      stillRejected: 1,
      stillUnjudged: 0,
      onlyBefore: 1,
      onlyAfter: 1,
    });
    expect(changes.newlyKept.rows).toBe(3);
    expect([...changes.newlyKept.reasons]).toEqual([
      ["citation", 2],
      ["low_judge_score", 1],
      ["unjudged", 1],
    ]);
    expect(changes.newlyRejected.rows).toBe(2);
    expect(changes.newlyRejected.reasons).toEqual(
      new Map([
        ["low_judge_score", 1],
        ["near_duplicate", 1],
      ]),
    );
    expect(changes.newlyKept.examples).toContainEqual({
      id: "unsure",
      sample: 0,
      judgeScoreBefore: null,
      judgeScoreAfter: 1,
      reasons: ["unjudged"],
    });
  });

  it("add up, and the other way round what came falls away", async () => {
    const [before, after] = [await writeGate(earlier), await writeGate(later)];
    const back = await compareGates({ before: after, after: before });
    const { newlyKept, newlyRejected, newlyUnjudged, stillKept, stillRejected, stillUnjudged } = back;
    const paired = newlyKept.rows + newlyRejected.rows + newlyUnjudged + stillKept + stillRejected + stillUnjudged;
    expect(paired + back.onlyBefore).toBe(later.length);
    expect(paired + back.onlyAfter).toBe(earlier.length);
    expect([...back.newlyRejected.reasons.keys()]).toContain("citation");
    expect(back.newlyKept.reasons).toEqual(new Map([["low_judge_score", 1]]));
    expect(back.newlyUnjudged).toBe(2);
  });

  it("that are the same have no changes", async () => {
    const gate = await writeGate(earlier);
    const changes = await compareGates({ before: gate, after: gate });
    expect(changes.newlyKept).toEqual({ rows: 0, reasons: new Map(), examples: [] });
    expect(renderChanges(changes, 112)).toEqual([
      "kept 3 -> 3, rejected 3 -> 3, unjudged 2 -> 2: every row is decided as before",
    ]);
  });

  it("pair rows of one id and sample one by one", async () => {
    const twice: Row[] = Array.from({ length: 300 }, (_, index) => ({
      id: "same",
      ...(index % 3 === 0 ? { reasons: ["duplicate"] as const } : {}),
    }));
    const gate = await writeGate(twice);
    const changes = await compareGates({ before: gate, after: gate });
    expect(changes).toMatchObject({ stillKept: 200, stillRejected: 100, newlyRejected: { rows: 0 } });
  });

  it("show five examples at most, the same ones each time", async () => {
    const rows = Array.from({ length: 60 }, (_, index) => ({ id: `row-${index}`, score: 0.82 }));
    const before = await writeGate(rows);
    const after = await writeGate(rows.map((row) => ({ ...row, reasons: ["low_judge_score"] })));
    const first = await compareGates({ before, after });
    expect(first.newlyRejected.examples).toHaveLength(5);
    expect(first.newlyRejected.examples).toEqual((await compareGates({ before, after })).newlyRejected.examples);
  });

  it("are read from paths with characters that a pattern or a query would take for its own", async () => {
    const gate = await writeGate(earlier);
    const odd = join(root, "it's [a] gate?.parquet");
    await writeFile(odd, await readFile(gate.kept));
    const changes = await compareGates({ before: { ...gate, kept: odd }, after: gate });
    expect(changes.stillKept).toBe(3);
  });
});

describe("a gate that cannot be compared", () => {
  it("is an error that names the file: missing, cut, another kind, without the columns", async () => {
    const gate = await writeGate(earlier);
    const comparedWith = (files: Partial<GateFiles>) => compareGates({ before: gate, after: { ...gate, ...files } });
    const missing = join(root, "nowhere.parquet");
    await expect(comparedWith({ kept: missing })).rejects.toMatchObject({ code: "missing_file", file: missing });

    const cut = join(root, "cut.parquet");
    await writeFile(cut, (await readFile(gate.rejections)).subarray(0, 300));
    await expect(comparedWith({ rejections: cut })).rejects.toMatchObject({ code: "bad_parquet", file: cut });

    const text = join(root, "text.parquet");
    await writeFile(text, "not parquet at all, but long enough to be looked at\n");
    await expect(comparedWith({ kept: text })).rejects.toMatchObject({ code: "bad_parquet", exitCode: 4 });

    await expect(comparedWith({ rejections: gate.kept })).rejects.toMatchObject({
      code: "wrong_columns",
      file: gate.kept,
      message: expect.stringContaining("`reasons`"),
    });
  });

  it("ends in order when it is cancelled", async () => {
    const gate = await writeGate(earlier);
    const cancelled = compareGates({ before: gate, after: gate, signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("changes for people and for programs", () => {
  it("say what came and what fell away, with rows to look at, in any width", async () => {
    const [before, after] = [await writeGate(earlier), await writeGate(later)];
    const changes = await compareGates({ before, after });
    const lines = renderChanges(changes, 112);
    expect(lines[0]).toBe("kept 3 -> 4, rejected 3 -> 4, unjudged 2 -> 0");
    expect(lines).toContain("3 newly kept; what fell away:");
    expect(lines).toContain("  citation         2");
    expect(lines.join("\n")).toContain("falls (judge 0.82)");
    expect(lines.join("\n")).toContain("unsure (judge none -> 1)");
    expect(lines.at(-1)).toBe("1 rows only before, 1 rows only after");
    expect(Math.max(...renderChanges(changes, 40).map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  it("are snake_case on disk", async () => {
    const [before, after] = [await writeGate(earlier), await writeGate(later)];
    const json = JSON.parse(JSON.stringify(changesToJson(await compareGates({ before, after }))));
    expect(json).toMatchObject({
      newly_kept: 3,
      newly_rejected: 2,
      still_kept: 1,
      only_after: 1,
      reasons_came: { low_judge_score: 1, near_duplicate: 1 },
      reasons_fell_away: { citation: 2, low_judge_score: 1, unjudged: 1 },
    });
    expect(json.examples.newly_rejected[0]).toHaveProperty("judge_score_after");
  });

  it("cannot steer a terminal by an id", async () => {
    const before = await writeGate([{ id: "\u001b[2Jx\n" }]);
    const after = await writeGate([{ id: "\u001b[2Jx\n", reasons: ["citation"] }]);
    const lines = renderChanges(await compareGates({ before, after }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(lines.join("|")).not.toMatch(/[\u0000-\u001f]/);
  });
});
