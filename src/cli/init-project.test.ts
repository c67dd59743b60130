import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadProject } from "../config/index.ts";
import { writeParquet } from "../records/index.ts";
import { openPrompts } from "../stages/generate/index.ts";
import { initProject } from "./init-project.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-init-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Makes a project with the prompts, and reads them from it. */
async function init(promptsFile: string) {
  const dir = join(folder, "project");
  await initProject({ dir, promptsFile });
  const project = await loadProject({ dir });
  const prompts = await Array.fromAsync((await openPrompts(project)).rows(), ({ prompt }) => prompt.prompt);
  return { named: project.distill.prompts, prompts };
}

const lines = '{"prompt": "a"}\n{"prompt": "b"}\n';

describe("a project for one's own prompts", () => {
  it.each([
    ["p.jsonl", lines, "data/prompts/p.jsonl"],
    ["p.json", '[{"prompt": "a"}, {"prompt": "b"}]', "data/prompts/p.json"],
    ["my prompts (1).CSV", "prompt\na\nb\n", "data/prompts/my_prompts_1_.CSV"],
    [".tsv", "prompt\tid\na\t1\nb\t2\n", "data/prompts/prompts.tsv"],
    ["p.jsonl.gz", gzipSync(lines), "data/prompts/p.jsonl.gz"],
    ["p.csv.zst", zstdCompressSync("prompt\na\nb\n"), "data/prompts/p.csv.zst"],
  ])("takes %s as it is", async (name, content, named) => {
    expect(await init(write(name, content))).toEqual({ named, prompts: ["a", "b"] });
  });

  it("takes Parquet", async () => {
    const path = join(folder, "p.parquet");
    const schema = { name: "prompts", columns: { prompt: { kind: "text" } } } as const;
    await writeParquet(path, { schema, rows: [{ prompt: "a" }, { prompt: "b" }] });
    expect(await init(path)).toEqual({ named: "data/prompts/p.parquet", prompts: ["a", "b"] });
  });

  it("takes a folder, but for what is hidden in it", async () => {
    write("mine/b.jsonl", '{"prompt": "b"}\n');
    write("mine/a.csv", "prompt\na\n");
    write("mine/.git/c.jsonl", "{}\n");
    expect(await init(join(folder, "mine/"))).toEqual({ named: "data/prompts/mine", prompts: ["a", "b"] });
    expect(existsSync(join(folder, "project/data/prompts/mine/.git"))).toBe(false);
  });

  it.each([
    ["several splits", "mine", 4, "--prompts FOLDER/SPLIT"],
    ["a pattern", "mine/*.jsonl", 2, "Name the folder"],
    ["other columns", "qa.csv", 4, "set columns.prompt=question"],
    ["a missing file", "none.jsonl", 4, "Check the path"],
    ["an ending that says nothing", "p.txt", 4, "Name it with one of these endings"],
  ])("refuses %s with a remedy, and makes nothing", async (_name, path, exitCode, hint) => {
    for (const split of ["train", "test"]) write(`mine/${split}.jsonl`, lines);
    write("qa.csv", "question,answer\na,b\n");
    write("p.txt", "a\n");
    await expect(init(join(folder, path))).rejects.toMatchObject({ exitCode, hint: expect.stringContaining(hint) });
    expect(existsSync(join(folder, "project"))).toBe(false);
  });
});
