import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  Field,
  Int64,
  List,
  RecordBatchStreamWriter,
  Struct,
  Table,
  tableFromJSON,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../../records/duckdb.ts";
import { createPromptsFolder, type PromptsFolder } from "./fixtures.ts";

let folder: PromptsFolder;

beforeEach(() => {
  folder = createPromptsFolder();
});

afterEach(() => folder[Symbol.dispose]());

const ids = async (settings: object): Promise<string> => (await folder.read(settings)).map(({ id }) => id).join(" ");

const line = (id: string): string => `${JSON.stringify({ id, prompt: `prompt ${id}` })}\n`;

const toTable = (...rows: string[]): Table => tableFromJSON(rows.map((id) => ({ id, prompt: `prompt ${id}` })));

function toArrowStream(table: Table): Uint8Array {
  return RecordBatchStreamWriter.writeAll(table).toUint8Array(true);
}

/** As `save_to_disk` of the datasets library leaves a split. */
function saveSplit(path: string, tables: readonly Table[], split: string | null): void {
  mkdirSync(join(folder.dir, path), { recursive: true });
  const names = tables.map((_, index) => `data-0000${index}-of-0000${tables.length}.arrow`);
  for (const [index, table] of tables.entries())
    writeFileSync(join(folder.dir, path, names[index] ?? ""), toArrowStream(table));
  const state = { _data_files: names.map((filename) => ({ filename })), _fingerprint: "f", _split: split };
  folder.write(`${path}/state.json`, JSON.stringify(state));
  folder.write(`${path}/dataset_info.json`, "{}");
}

describe("a folder of save_to_disk", () => {
  it("is read from its Arrow files, in their order", async () => {
    saveSplit("ds", [toTable("a", "b"), toTable("c")], null);
    expect(await ids({ prompts: "ds" })).toBe("a b c");
  });

  it("without rows is told so", async () => {
    saveSplit("none", [], null);
    await expect(ids({ prompts: "none" })).rejects.toMatchObject({ message: "none: the data set has no rows" });
  });

  it("has conversations as lists of structs", async () => {
    const messages = [
      { role: "user", content: "q" },
      { role: "assistant", content: "a" },
      { role: "user", content: "r" },
    ];
    const turn = new Struct([new Field("role", new Utf8()), new Field("content", new Utf8())]);
    const column = vectorFromArray([messages], new List(new Field("item", turn)));
    saveSplit("ds", [new Table({ id: vectorFromArray([1n], new Int64()), messages: column })], null);
    const [row] = await folder.read({ prompts: "ds" });
    expect(row).toMatchObject({ id: "1", messages, prompt: "r" });
  });

  it("needs a split where it has several, and names them", async () => {
    folder.write("dict/dataset_dict.json", JSON.stringify({ splits: ["train", "test"] }));
    saveSplit("dict/train", [toTable("t")], "train");
    saveSplit("dict/test", [toTable("e")], "test");
    await expect(ids({ prompts: "dict" })).rejects.toMatchObject({
      exitCode: 4,
      message: "dict: the data set has several splits: train, test",
      hint: "Set prompts_split to one of them, e.g. `prompts_split: train`.",
    });
    expect(await ids({ prompts: "dict", prompts_split: "test" })).toBe("e");
    await expect(ids({ prompts: "dict", prompts_split: "dev" })).rejects.toMatchObject({
      message: "dict: the data set has no split `dev`, but train, test",
    });
  });

  it("is told of where its description is broken", async () => {
    folder.write("ds/state.json", "{");
    folder.write("ds/dataset_info.json", "{}");
    await expect(ids({ prompts: "ds" })).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("ds/state.json: "),
    });
  });
});

describe("a folder with the hub's layout", () => {
  it("goes by the names of Parquet shards", async () => {
    using database = await openDatabase();
    mkdirSync(join(folder.dir, "hub/data"), { recursive: true });
    for (const [name, id] of [
      ["train-00000-of-00002", "a"],
      ["train-00001-of-00002", "b"],
      ["test_prefs-00000-of-00001", "c"],
    ])
      await database.connection.run(
        `COPY (SELECT '${id}' AS id, 'x' AS prompt) TO '${folder.dir}/hub/data/${name}.parquet'`,
      );
    expect(await ids({ prompts: "hub", prompts_split: "train" })).toBe("a b");
    expect(await ids({ prompts: "hub", prompts_split: "test_prefs" })).toBe("c");
    await expect(ids({ prompts: "hub" })).rejects.toMatchObject({
      message: "hub: the data set has several splits: test_prefs, train",
    });
  });

  it("goes by its card, where that names files", async () => {
    const card = (files: string): string =>
      `---\nlicense: mit\nconfigs:\n- config_name: default\n  data_files:\n${files}---\n# A data set\n`;
    folder.write(
      "hub/README.md",
      card('  - split: train\n    path: "first/*.jsonl"\n  - split: held_out\n    path: [second/b.csv]\n'),
    );
    folder.write("hub/first/1.jsonl", line("a"));
    folder.write("hub/second/b.csv", "id,prompt\nb,x\n");
    expect(await ids({ prompts: "hub", prompts_split: "train" })).toBe("a");
    expect(await ids({ prompts: "hub", prompts_split: "held_out" })).toBe("b");
    folder.write("hub/README.md", card('  - split: train\n    path: "none/*.jsonl"\n'));
    await expect(ids({ prompts: "hub" })).rejects.toMatchObject({
      message: "hub/README.md: it names `none/*.jsonl`, and no file is there",
    });
  });

  it("is refused where it has several configurations", async () => {
    const config = (name: string): string => `- config_name: ${name}\n  data_files: "${name}.jsonl"\n`;
    folder.write("hub/README.md", `---\nconfigs:\n${config("easy")}${config("hard")}---\n`);
    await expect(ids({ prompts: "hub" })).rejects.toMatchObject({
      message: "hub/README.md: the data set has several configurations: easy, hard",
    });
  });

  it.each([
    [["train.jsonl", "validation.jsonl", "test.jsonl"], "validation", "validation.jsonl"],
    [["train/a.jsonl", "dev/b.jsonl"], "validation", "dev/b.jsonl"],
    [["my-eval.jsonl", "my_training.jsonl"], "test", "my-eval.jsonl"],
  ])("goes by the files' names: %j", async (files, prompts_split, expected) => {
    for (const file of files) folder.write(`hub/${file}`, line(file));
    expect(await ids({ prompts: "hub", prompts_split })).toBe(expected);
  });
});

describe("any other folder", () => {
  it("is all its files with rows, by name; hidden ones and others are left out", async () => {
    for (const file of ["b.jsonl", "a.jsonl", "deep/c.jsonl", ".cache/d.jsonl"])
      folder.write(`any/${file}`, line(file));
    folder.write("any/README.md", "# Notes\n");
    folder.write("any/notes.txt", "nothing");
    expect(await ids({ prompts: "any" })).toBe("a.jsonl b.jsonl deep/c.jsonl");
  });

  it("without any is an error", async () => {
    folder.write("any/notes.txt", "nothing");
    await expect(ids({ prompts: "any" })).rejects.toMatchObject({
      exitCode: 4,
      message: "any: the folder has no files with rows",
    });
  });

  it("is where a split can be chosen, a file is not", async () => {
    folder.write("data/prompts.jsonl", line("a"));
    await expect(ids({ prompts_split: "train" })).rejects.toMatchObject({
      message: "data/prompts.jsonl: it has no splits, and prompts_split is `train`",
    });
  });
});
