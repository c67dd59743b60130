import { existsSync } from "node:fs";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestProject, type Finished, type TestProject } from "../support/project.ts";

const teacherOutputs = "data/processed/distillation/teacher_outputs/teacher_outputs_v1.parquet";
const promptsPath = "data/prompts/bench_science.jsonl";
const good = JSON.stringify({
  id: "a",
  prompt: "Prepare 980 mL of 12 mM glucose from a 60 mM stock for the western blot.",
});

/** One message, its remedy, the exit code, no stack, and nothing written. */
function expectRefusal(
  run: Finished,
  { exitCode, says }: { exitCode: number; says: readonly (string | RegExp)[] },
): void {
  expect(run.exitCode, run.stderr).toBe(exitCode);
  expect(run.stdout).toBe("");
  expect(run.stderr.match(/^error: /gm), run.stderr).toHaveLength(1);
  expect(run.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  for (const words of says) expect(run.stderr).toMatch(words);
}

describe("prompts that cannot be used", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await createTestProject({ prompts: 3 });
  });
  afterAll(() => project[Symbol.asyncDispose]());

  const cases: { name: string; content: string | Buffer | null; exitCode: number; says: (string | RegExp)[] }[] = [
    { name: "missing", content: null, exitCode: 4, says: ["bench_science.jsonl", /missing|no such/i] },
    { name: "empty", content: "", exitCode: 4, says: ["bench_science.jsonl", "has no rows"] },
    {
      name: "not UTF-8",
      content: Buffer.concat([Buffer.from(`${good}\n`), Buffer.from([0xff, 0xfe, 0x0a])]),
      exitCode: 4,
      says: [/bench_science\.jsonl:2/, /UTF-8/],
    },
    {
      name: "a cut last line",
      content: `${good}\n{"id":"b","prompt":"Prepa`,
      exitCode: 4,
      says: [/bench_science\.jsonl:2/, /cut|JSON/],
    },
    {
      name: "a null prompt",
      content: `${good}\n{"id":"b","prompt":null}\n`,
      exitCode: 4,
      says: [/bench_science\.jsonl:2/, "prompt", "null"],
    },
    {
      name: "an empty prompt",
      content: `${good}\n{"id":"b","prompt":"  "}\n`,
      exitCode: 4,
      says: [/bench_science\.jsonl:2/, "prompt", /empty/],
    },
    {
      name: "a duplicate id",
      content: `${good}\n${good}\n`,
      exitCode: 4,
      says: [/bench_science\.jsonl:2/, /"a"|`a`/, /line 1|:1/],
    },
    { name: "a row that is not an object", content: "[1, 2]\n", exitCode: 4, says: [/bench_science\.jsonl:1/] },
    {
      name: "a prompt that the offline teacher does not know",
      content: `${good}\n{"id":"b","prompt":"What is love?"}\n`,
      exitCode: 2,
      says: [/bench_science\.jsonl:2/, "nexa:bench-science", "OPENAI_API_KEY", "--budget"],
    },
  ];

  test.each(cases)("$name", async ({ content, exitCode, says }) => {
    if (content === null) await rm(project.path(promptsPath));
    else await writeFile(project.path(promptsPath), content);
    expectRefusal(await project.nexa(["generate"]), { exitCode, says });
    expect(existsSync(project.path(teacherOutputs))).toBe(false);
  });
});

describe("a configuration that cannot be used", () => {
  test("ends every command with exit 2 and the place of the fault", async () => {
    await using project = await createTestProject({ prompts: 3 });
    await appendFile(project.path("nexa.yaml"), "lancher: tmux\n");
    for (const command of ["generate", "train", "run", "launch", "plan"]) {
      expectRefusal(await project.nexa([command]), {
        exitCode: 2,
        says: [/nexa\.yaml:\d+:1: unknown key `lancher`/, /Did you mean `launcher`/],
      });
    }
    expect(existsSync(project.path("logs"))).toBe(false);
  });

  test("is exit 2 for a folder that is no project, and for words that the command line does not know", async () => {
    await using project = await createTestProject({ prompts: 3 });
    expectRefusal(await project.nexa(["-C", `${project.dir}-not-there`, "run"]), {
      exitCode: 2,
      says: ["no such project folder", "nexa init"],
    });
    const typo = await project.nexa(["generat"]);
    expect(typo.exitCode).toBe(2);
    expect(typo.stderr).toContain("generate");
    expect((await project.nexa(["launch", "--budget", "lots"])).exitCode).toBe(2);
  });

  test("is exit 2 when `offline: null` leaves no model", async () => {
    await using project = await createTestProject({ prompts: 3 });
    expectRefusal(await project.nexa(["generate", "--set", "teacher.offline=null"]), {
      exitCode: 2,
      says: ["gpt-4o-mini", "OPENAI_API_KEY", "--budget"],
    });
    expectRefusal(await project.nexa(["launch", "--set", "student.offline=null"]), {
      exitCode: 2,
      says: ["SmolLM2", "student"],
    });
  });
});

describe("stages out of order", () => {
  test("a stage before its input is exit 4 and names the command that makes it", async () => {
    await using project = await createTestProject({ prompts: 3 });
    for (const [stage, before] of [
      ["filter", "generate"],
      ["package", "filter"],
      ["train", "package"],
      ["evaluate", "train"],
    ] as const) {
      expectRefusal(await project.nexa([stage]), { exitCode: 4, says: ["the input is missing", `nexa ${before}`] });
    }
  });

  test("an input that was changed after it was sealed is exit 4", async () => {
    await using project = await createTestProject({ prompts: 20 });
    expect((await project.nexa(["generate"])).exitCode).toBe(0);
    await appendFile(project.path(teacherOutputs), "x");
    expectRefusal(await project.nexa(["filter"]), {
      exitCode: 4,
      says: ["teacher_outputs_v1.parquet", "sha256 differs", "nexa generate"],
    });
    expect((await project.nexa(["generate"])).exitCode).toBe(0);
    expect((await project.nexa(["filter"])).exitCode).toBe(0);
  });

  test("a gate that rejects every row is exit 4, names the reasons, and leaves the rejections to look at", async () => {
    await using project = await createTestProject({ prompts: 20 });
    expect((await project.nexa(["generate"])).exitCode).toBe(0);
    const gate = await project.nexa(["filter", "--set", "basic.min_char_length=100000"]);
    expectRefusal(gate, { exitCode: 4, says: ["too_few_characters", "min_char_length"] });
    expect(existsSync(project.path("data/processed/distillation/filtered/rejections.parquet"))).toBe(true);
    expect(existsSync(project.path("data/processed/distillation/filtered/filtered_v1.parquet"))).toBe(false);
    expectRefusal(await project.nexa(["package"]), { exitCode: 4, says: ["the input is missing"] });
  });

  test("a gate that rejects every row takes the seal off those that it kept before", async () => {
    await using project = await createTestProject({ prompts: 20 });
    expect((await project.nexa(["generate"])).exitCode).toBe(0);
    expect((await project.nexa(["filter"])).exitCode).toBe(0);
    expect((await project.nexa(["filter", "--set", "basic.min_char_length=100000"])).exitCode).toBe(4);
    expectRefusal(await project.nexa(["package"]), { exitCode: 4, says: ["no manifest", "nexa filter"] });
    expect((await project.nexa(["filter"])).exitCode).toBe(0);
    expect((await project.nexa(["package"])).exitCode).toBe(0);
  });
});
