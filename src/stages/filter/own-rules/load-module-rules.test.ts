import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  besideModule,
  ConfigError,
  DataError,
  startWorkerThread,
  unpackError,
  type WorkerThread,
} from "../../../core/index.ts";
import type { TeacherOutputRow } from "../../../records/index.ts";
import type { Candidate } from "../rule.ts";
import { candidateOf, outputRow } from "./fixtures/outputs.ts";
import type { ApplyReply, ApplyRequest } from "./fixtures/rules-worker.ts";
import type { OwnRules } from "./rule-names.ts";

let thread: WorkerThread<ApplyRequest, ApplyReply>;
beforeAll(() => {
  thread = startWorkerThread({
    file: besideModule(import.meta.url, "fixtures/rules-worker"),
    workerData: null,
    name: "rules",
  });
});
afterAll(() => thread.end());

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "nexa-own-rules-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(name: string, text: string): string {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), text);
  return `./${name}`;
}

/** A module with one rule whose `check` has this body. */
function writeCheck(body: string, head = "check(row: { [name: string]: any })"): string {
  return write("my-rule.mts", `export const rule = {\n  name: "mine",\n  ${head} {\n    ${body}\n  },\n};\n`);
}

async function apply(rules: OwnRules, candidates: readonly Candidate[] = []) {
  const reply = await thread.ask({ rules, dir, candidates });
  if ("error" in reply) throw unpackError(reply.error);
  return reply;
}

async function check(file: string, changes: Partial<TeacherOutputRow> = {}) {
  const { outcomes } = await apply([file], [candidateOf(outputRow(changes))]);
  return outcomes[0]?.[0];
}

const caught = (work: Promise<unknown>): Promise<ConfigError | DataError> =>
  work.then(
    () => Promise.reject(new Error("Nothing was thrown")),
    (error) => error,
  );

describe("a module", () => {
  it("is TypeScript, sees the row's columns, and rejects with its own reason and detail", async () => {
    const file = writeCheck(
      'const has = (row.category as string) === "dilution" && row.messages[0].role === "user" && row.cost_usd === 0.5;\n' +
        "    return has && row.teacher_output.length > 20 ? { keep: true } : { keep: false, detail: { length: row.teacher_output.length } };",
    );
    const { names, needsWholeRow, promises, outcomes } = await apply(
      [file],
      ["Measure 2 mL.", "Measure it twice or thrice."].map((teacher_output) =>
        candidateOf(outputRow({ teacher_output })),
      ),
    );
    expect({ names, needsWholeRow, promises }).toEqual({ names: ["rule:mine"], needsWholeRow: [true], promises: 0 });
    expect(outcomes).toEqual([[{ keep: false, reason: "rule:mine", detail: { length: 13 } }], [{ keep: true }]]);
  });

  it("sees the answer as the rules before left it", async () => {
    const file = writeCheck('return { keep: row.teacher_output === "to [EMAIL]" };');
    const candidate = { ...candidateOf(outputRow({ teacher_output: "to ann@lab.org" })), answer: "to [EMAIL]" };
    expect((await apply([file], [candidate])).outcomes).toEqual([[{ keep: true }]]);
  });

  it("sees null where there is no answer, and its detail is null where it gives none", async () => {
    const file = writeCheck("return { keep: row.teacher_output !== null };");
    expect(await check(file, { teacher_output: null })).toEqual({ keep: false, reason: "rule:mine", detail: null });
  });

  it("may hold several rules, be JavaScript, lie outside the folder, and import others", async () => {
    write("shared/limit.mjs", "export const limit = 5;");
    const several = write(
      "rules/both.mjs",
      'import { limit } from "../shared/limit.mjs";\n' +
        "const make = (name) => ({ name, check: (row) => ({ keep: row.completion_tokens > limit }) });\n" +
        'export const rule = make("one");\nexport const rules = [make("two"), make("three")];',
    );
    const common = write("old.cjs", "exports.rule = { name: 'old', check: () => ({ keep: false }) };");
    const { names, outcomes } = await apply([several, join(dir, common)], [candidateOf(outputRow())]);
    expect(names).toEqual(["rule:one", "rule:two", "rule:three", "rule:old"]);
    expect(outcomes[0]?.map(({ keep }) => keep)).toEqual([true, true, true, false]);
  });

  it("may use `this`, and decide later", async () => {
    const text =
      'class Limit {\n  name = "limit";\n  least = 5;\n  async check(row: { completion_tokens: number }) {\n' +
      "    return row.completion_tokens >= this.least ? { keep: true } : { keep: false, detail: { least: this.least } };\n  }\n}\n" +
      "export const rule = new Limit();\n";
    const { outcomes, promises } = await apply(
      [write("limit.mts", text)],
      [candidateOf(outputRow({ completion_tokens: 4 }))],
    );
    expect(promises).toBe(1);
    expect(outcomes).toEqual([[{ keep: false, reason: "rule:limit", detail: { least: 5 } }]]);
  });

  it("cuts a detail that is too long, and says so", async () => {
    const file = writeCheck("return { keep: false, detail: { answer: row.teacher_output, none: undefined } };");
    const outcome = await check(file, { teacher_output: "x".repeat(1e6) });
    expect(outcome).toMatchObject({ detail: { cut: true, characters: 1_000_013 } });
    expect(JSON.stringify(outcome).length).toBeLessThan(4_200);
  });
});

describe("a fault in a rule ends the stage, naming rule, file and row", () => {
  it.each([
    ["an error", "throw new TypeError('no unit in ' + row.id);", "TypeError: no unit in odd", /my-rule\.mts:4:11/],
    [
      "a missing member",
      "return row.teacher_outputs.length > 3;",
      "TypeError: Cannot read properties",
      /my-rule\.mts:4:\d+/,
    ],
    ["a text", "throw 'no unit';", ": no unit", /Look into/],
    ["an object without a text", "throw Object.create(null);", "a value that has no text", /Look into/],
    ["many lines", "throw new Error('one\\ntwo\\u001b[2J');", "one⏎two", /my-rule\.mts:4:11/],
    ["a stack too deep", "const f = (): number => f() + 1; return f();", "RangeError: Maximum", /my-rule\.mts:4:\d+/],
  ])("thrown: %s", async (_what, body, said, hint) => {
    const error = await caught(check(writeCheck(body), { id: "odd\u001b[31m", sample: 3 }));
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ exitCode: 4, code: "own_rule_failed", file: "./my-rule.mts" });
    expect(error.message).toContain("the rule `mine` failed for the row `odd`, sample 3");
    expect(error.message).toContain(said);
    expect(error.message).not.toContain("\u001b");
    expect(error.hint).toMatch(hint);
  });

  it("a rejected promise", async () => {
    const error = await caught(check(writeCheck("throw new RangeError('late');", "async check(row: unknown)")));
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ exitCode: 4, hint: expect.stringContaining("my-rule.mts:4:") });
    expect(error.message).toContain("RangeError: late");
  });

  it.each([
    ["return undefined as any;", "nothing (undefined)"],
    ["", "nothing (undefined)"],
    ["return true;", "true (boolean)"],
    ["return 1n;", "1 (bigint)"],
    ["return 'keep';", "the text `keep`"],
    ["return null;", "null"],
    ["return [{ keep: true }];", "a list"],
    ["return { keep: 'yes' };", "`keep` is the text `yes`"],
    ["return { keep: 1 };", "`keep` is 1 (number)"],
    ["return { kept: true };", "`keep` is nothing"],
    ["return Promise.resolve(true);", "true (boolean)"],
    ["return { keep: false, detail: 12n };", "`detail` that JSON cannot hold (12 (bigint))"],
    ["return { keep: false, detail: { at: new Date(0) } };", "JSON cannot hold"],
    ["return { keep: false, detail: [Number.NaN] };", "JSON cannot hold"],
    ["return { keep: false, detail: () => 1 };", "a function"],
    ["return { keep: false, detail: new Map() };", "an object (Map)"],
    ["const round: any = {}; round.self = round; return { keep: false, detail: round };", "JSON cannot hold"],
  ])("an outcome that is none: %s", async (body, said) => {
    const error = await caught(check(writeCheck(body)));
    expect(error).toBeInstanceOf(DataError);
    expect(error.exitCode).toBe(4);
    expect(error.message).toContain(said);
    expect(error.message).toContain("the row `row-1`, sample 0");
  });

  it.each(["row.id = 'b';", "row.messages.push(1);", "row.messages[0].content = '';"])(
    "a change of the row: %s",
    async (body) => {
      const error = await caught(check(writeCheck(`${body} return { keep: true };`)));
      expect(error).toMatchObject({ exitCode: 4, code: "own_rule_failed" });
    },
  );
});

describe("a module that is none", () => {
  const good = 'export const rule = { name: "mine", check: () => ({ keep: true }) };';
  it.each([
    ["missing", null, "there is no file ./a.mts", "relative to the project folder"],
    ["no TypeScript", "export const rule = {\n  name: 'a' check() {}\n};", "does not load", "node ./a.mts"],
    ["a syntax that is compiled", "export enum A { b }", "does not load", "no enum"],
    ["an import that is not there", 'import "./b.mts";', "does not load: Cannot find module", "with its extension"],
    ["an import without extension", 'import "./first";', "does not load: Cannot find module", "with its extension"],
    ["a package that is not there", 'import "no-such-package-here";', "does not load: Cannot find package", "install"],
    ["a crash", "const a: any = null;\nconsole.log(a.b);", "does not load: Cannot read", "See ./a.mts:2:15"],
    ["empty", "", "exports no `rule`, but nothing", "export const rule"],
    ["other names", "export const rul = 1;", "exports no `rule`, but rul", "export const rule"],
    ["a default", "export default { name: 'a', check() {} };", "as `default`, not as `rule`", "export const rule"],
    ["no check", "export const rule = { name: 'a' };", "no function `check`", "export const rule"],
    ["a function", "export const rule = () => ({ keep: true });", "no function `check`", "export const rule"],
    ["null", "export const rule = null;", "no function `check`", "export const rule"],
    ["no name", "export const rule = { check() {} };", "`name` in ./a.mts", "rule:<name>"],
    ["a bad name", good.replace("mine", "My Rule"), "got `My Rule`", "rule:<name>"],
    ["a long name", good.replace("mine", "a".repeat(41)), "1 to 40 lower-case", "rule:<name>"],
    ["no list", "export const rules = 5;", "`rules` that is no list", "export const rule"],
    ["an empty list", "export const rules = [];", "exports no `rule`, but rules", "export const rule"],
  ])("%s", async (_what, text, said, hint) => {
    write("first.mts", good);
    if (text !== null) write("a.mts", text);
    const error = await caught(apply(["./first.mts", "./a.mts"]));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      exitCode: 2,
      code: "own_rule",
      position: { file: "nexa_distill/configs/filters.yaml" },
    });
    expect(error.message).toContain("`rules[1]`: ");
    expect(error.message).toContain(said);
    expect(error.hint).toContain(hint);
  });

  it("has a name that is used twice, also by an SQL rule", async () => {
    const [a, b] = [write("a.mts", good), write("b.mts", good)] as const;
    const twice = await caught(apply([a, { name: "other", keep: "true" }, b]));
    expect(twice.exitCode).toBe(2);
    expect(twice.message).toContain("two rules are named `mine`: `rules[0]` (./a.mts) and `rules[2]` (./b.mts)");
    const sql = await caught(apply([{ name: "mine", keep: "true" }, a]));
    expect(sql.message).toContain("`rules[1]` (./a.mts) and `rules[0]` (SQL)");
  });
});
