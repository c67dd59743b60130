import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError, DataError } from "../../../core/index.ts";
import { openDatabase } from "../../../records/duckdb.ts";
import { type TeacherOutputRow, teacherOutputSchema, writeParquet } from "../../../records/index.ts";
import { checkSqlRules, type SqlSource } from "./check-sql-rules.ts";
import { explainSqlFault } from "./explain-sql-fault.ts";
import { candidateOf, outputRow } from "./fixtures/outputs.ts";
import type { OwnRules } from "./rule-names.ts";
import { sqlExpressions, sqlRules } from "./sql-rules.ts";

let dir: string;
/** A file of `rows` that no test changes. */
let shared: SqlSource;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "nexa-sql-rules-"));
  shared = await writeRows(rows, "shared[1].parquet");
});
afterAll(() => rmSync(dir, { recursive: true }));

async function writeRows(written: readonly TeacherOutputRow[], file = "outputs[1].parquet"): Promise<SqlSource> {
  const path = join(dir, file);
  await writeParquet(path, { schema: teacherOutputSchema, rows: written, projectPath: file });
  return { path, file };
}

const rulesOf = (...keeps: readonly string[]): OwnRules => keeps.map((keep, index) => ({ name: `rule${index}`, keep }));

/** What the gate's threads do: the expressions beside the columns, in one statement. */
async function selectValues(rules: OwnRules, { path }: SqlSource): Promise<(boolean | null)[][]> {
  using database = await openDatabase({ threads: 1 });
  const values = sqlExpressions(rules).map((sql, index) => `(${sql}\n) AS value${index}`);
  const sql = `SELECT ${values.join(", ")} FROM read_parquet('${path.replace("[", "[[]")}', file_row_number = true) ORDER BY file_row_number`;
  return (await database.connection.runAndReadAll(sql)).getRows() as (boolean | null)[][];
}

async function caught(work: Promise<unknown>): Promise<ConfigError> {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return error;
}

const rows = [
  outputRow(),
  outputRow({ id: "long", teacher_output: "Measure ".repeat(9), category: null }),
  outputRow({ id: "none", teacher_output: null }),
];

describe("an SQL rule", () => {
  it("keeps the rows for which it is true, and says what else it was", async () => {
    const rules: OwnRules = [
      "./a.ts",
      { name: "short_answer", keep: "length(teacher_output) < 20" },
      { name: "known", keep: "category IN ('dilution', ';', '--') -- not others" },
    ];
    const values = await selectValues(rules, shared);
    expect(values).toEqual([
      [true, true],
      [false, null],
      [null, true],
    ]);
    const [short, known] = sqlRules(rules);
    expect(short).toMatchObject({ name: "rule:short_answer", reasons: ["rule:short_answer"] });
    const outcomes = values.map((row) => short?.check(candidateOf(outputRow(), row)));
    const expression = "length(teacher_output) < 20";
    expect(outcomes).toEqual([
      { keep: true },
      { keep: false, reason: "rule:short_answer", detail: { expression, value: false } },
      { keep: false, reason: "rule:short_answer", detail: { expression, value: null } },
    ]);
    expect(known?.check(candidateOf(outputRow(), values[1]))).toMatchObject({ keep: false, detail: { value: null } });
  });

  it.each([
    "length(teacher_output) BETWEEN 10 AND 400",
    "teacher_output NOT LIKE '%;%' -- no lists",
    "teacher_output NOT SIMILAR TO '.*(DROP TABLE|read_csv).*' /* words alone */",
    "regexp_matches(teacher_output, '(?i)\\d+ m[lL]\\b')",
    "list_contains(['a', 'b'], category) OR len(messages) = 1",
    "messages[1].content <> '' AND messages[-1].role = 'user'",
    "CASE WHEN expects_json THEN json_valid(teacher_output) ELSE true END",
    "len(list_filter(string_split(teacher_output, chr(10)), lambda line: line = '')) < 3",
    "coalesce(completion_tokens, 0) > 5 AND hash(id) % 10 < 9",
    "reference IS NULL",
  ])("may be %s", async (keep) => {
    await checkSqlRules(rulesOf(keep), shared);
    await checkSqlRules(rulesOf(keep), null);
    expect(await selectValues(rulesOf(keep), shared)).toHaveLength(3);
  });

  it("is held to true, false and null where rows are read, too", async () => {
    const source = shared;
    await expect(selectValues(rulesOf("length(teacher_output)"), source)).rejects.toThrow("gave no boolean");
    await expect(selectValues(rulesOf("category"), source)).rejects.toThrow("gave no boolean");
  });
});

describe("an expression that is none is refused before the first row", () => {
  it.each([
    ["length(teacher_outputs) < 5", 'Referenced column "teacher_outputs" not found'],
    ["lenght(teacher_output) < 5", "Scalar Function with name lenght does not exist"],
    ["length(teacher_output) <", "DuckDB cannot read it: syntax error"],
    ["length(teacher_output)", "it gives BIGINT, not true or false"],
    ["teacher_output", "it gives VARCHAR"],
    ["null", "not true or false"],
    ["'true'", "it gives VARCHAR"],
    ["prompt_tokens - 1", "not true or false"],
    ["regexp_matches(teacher_output, '(')", "missing ): ("],
    ["regexp_matches(teacher_output, '(?=a)')", "invalid perl operator"],
    ["true; DROP TABLE x", "DuckDB cannot read it"],
    ["true); COPY (SELECT 1) TO 'x.csv'; SELECT (true", "it is more than one expression"],
    ["true) FROM read_csv('/etc/passwd') WHERE (true", "it is more than one expression"],
    ["true), (false", "it is more than one expression"],
    ["true) UNION ALL SELECT (false", "it is more than one expression"],
    ["true) ORDER BY (1", "it is more than one expression"],
    ["true) LIMIT (1", "it is more than one expression"],
    ["true) GROUP BY (1", "it is more than one expression"],
    ["true, false", "it gives STRUCT"],
    ["true) -- ", "DuckDB cannot read it"],
    ["true /* ", "DuckDB cannot read it"],
    ["", "DuckDB cannot read it"],
    ["ATTACH 'x.db'", "Type with name ATTACH does not exist"],
    ["COPY teacher_outputs TO 'x.csv'", "DuckDB cannot read it"],
    ["geomean(sample) > 1", "geomean: avg sums up many rows"],
    ["generate_subscripts(messages, 1) > 0", "generate_subscripts: unnest is not allowed"],
    ["ago(INTERVAL 1 DAY) > TIMESTAMP '2020-01-01'", "another value each time"],
    ["id IN (SELECT id FROM read_csv('x.csv'))", "a subquery is not allowed"],
    ["EXISTS (FROM 'x.parquet')", "a subquery is not allowed"],
    ["[1 FOR x IN (SELECT [1])] = [1]", "a subquery is not allowed"],
    ["count(*) > 1", "count_star sums up many rows"],
    ["max(sample) > 1", "max sums up many rows"],
    ["count(*) OVER (PARTITION BY prompt) = 1", "a window function is not allowed"],
    ["row_number() OVER () < 5", "a window function is not allowed"],
    ["unnest([true, false])", "unnest is not allowed"],
    ["random() < 0.5", "random gives another value each time"],
    ["now() > TIMESTAMP '2020-01-01'", "now gives another value each time"],
    ["current_date > DATE '2020-01-01'", "current_date gives another value each time"],
    ["sample = $1", "a parameter"],
    ["sample = ?", "a parameter"],
    ["COLUMNS(*) IS NOT NULL", "`*` is not allowed"],
    ["CAST('x' AS INTEGER) > sample", "Could not convert string 'x'"],
  ])("%s", async (keep, said) => {
    const rules: OwnRules = ["./a.ts", { name: "mine", keep }];
    for (const source of [shared, null]) {
      const error = await caught(checkSqlRules(rules, source));
      expect(error).toMatchObject({ exitCode: 2, position: { file: "nexa_distill/configs/filters.yaml" } });
      expect(error.message).toContain("`rules[1].keep` (rule `mine`): ");
      expect(error.message).toContain(said);
      expect(error.message).not.toContain("\n");
      expect(error.hint).toContain("Columns: id, sample, prompt, ");
    }
  });

  it("where a name is used twice", () => {
    const rules: OwnRules = [
      { name: "mine", keep: "true" },
      { name: "mine", keep: "false" },
    ];
    expect(() => sqlRules(rules)).toThrow("two rules are named `mine`: `rules[0]` and `rules[1]`");
  });

  it("names the columns of the file that it is, where it has others", async () => {
    const path = join(dir, "other.parquet");
    {
      using database = await openDatabase({ threads: 1 });
      await database.connection.run(`COPY (SELECT 'a' AS id, 7 AS "judge score") TO '${path}' (FORMAT parquet)`);
    }
    await checkSqlRules(rulesOf('"judge score" > 5'), { path, file: "other.parquet" });
    const error = await caught(checkSqlRules(rulesOf("sample = 0"), { path, file: "other.parquet" }));
    expect(error.hint).toContain("Columns: id, judge score.");
  });

  it("opens nothing where there is no SQL rule", async () => {
    await checkSqlRules(["./a.ts"], { path: join(dir, "missing.parquet"), file: "missing.parquet" });
  });
});

describe("a fault in a row", () => {
  const many = Array.from({ length: 3000 }, (_, index) =>
    outputRow({ id: `row-${index}`, category: index === 2500 ? "twelve" : String(index) }),
  );

  it("is explained with the rule, the row and DuckDB's message", async () => {
    const rules: OwnRules = [
      { name: "fine", keep: "length(teacher_output) > 3" },
      "./a.ts",
      { name: "number", keep: "CAST(category AS INTEGER) >= 0" },
    ];
    const source = await writeRows(many);
    await checkSqlRules(rules, source);
    const thrown = await selectValues(rules, source).then(
      () => null,
      (error: unknown) => error,
    );
    const error = (await explainSqlFault(thrown, { rules, source })) as DataError;
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ exitCode: 4, file: "outputs[1].parquet", row: 2501, code: "own_rule_failed" });
    expect(error.message).toContain("the rule `number` (`rules[2].keep`) failed for the row `row-2500`, sample 0: ");
    expect(error.message).toContain("Could not convert string 'twelve' to INT32");
  });

  it("stays what it was where no rule is to blame", async () => {
    const source = await writeRows(rows);
    const other = new Error("the disk is full");
    expect(await explainSqlFault(other, { rules: rulesOf("sample = 0"), source })).toBe(other);
    expect(await explainSqlFault(other, { rules: ["./a.ts"], source })).toBe(other);
    writeFileSync(source.path, "cut");
    expect(await explainSqlFault(other, { rules: rulesOf("sample = 0"), source })).toBe(other);
  });
});
