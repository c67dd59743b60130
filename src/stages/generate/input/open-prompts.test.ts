import { appendFileSync } from "node:fs";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../../records/duckdb.ts";
import { createPromptsFolder, type PromptsFolder } from "./fixtures.ts";

let folder: PromptsFolder;

beforeAll(() => {
  folder = createPromptsFolder();
});

afterAll(() => folder[Symbol.dispose]());

function read(content: string | Uint8Array, settings: object = {}, onWarning?: (message: string) => void) {
  folder.write("data/prompts.jsonl", content);
  return folder.read(settings, onWarning === undefined ? {} : { onWarning });
}

describe("a prompts file", () => {
  it("takes a bare prompt, and completes its id", async () => {
    const [row] = await read('\ufeff{"prompt": "Prepare  A  Buffer"}\n');
    expect(row).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      messages: [{ role: "user", content: "Prepare  A  Buffer" }],
      prompt: "Prepare  A  Buffer",
      category: null,
      expects_json: false,
      reference: null,
      group: null,
      file: "data/prompts.jsonl",
      line: 1,
    });
  });

  it("gives a prompt the id that it has always had", async () => {
    const [row] = await read('{"prompt": "Prepare  A  Buffer"}\n');
    expect(row?.id).toBe("bf1eb05b7929e02a");
  });

  it("takes a conversation, a system message and every optional key", async () => {
    const line = {
      id: 7,
      system: "Be brief.",
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "b" },
        { role: "user", content: "c" },
      ],
    };
    const [row] = await read(JSON.stringify({ ...line, category: 0, expects_json: true, reference: 12.5, group: "g" }));
    expect(row).toMatchObject({
      id: "7",
      prompt: "c",
      category: "0",
      expects_json: true,
      reference: "12.5",
      group: "g",
    });
    expect(row?.messages[0]).toEqual({ role: "system", content: "Be brief." });
    expect(row?.messages).toHaveLength(4);
  });

  it("takes ShareGPT's conversations, and those that are JSON text", async () => {
    const turns = [
      { from: "system", value: "Be brief." },
      { from: "human", value: "a" },
      { from: "gpt", value: "b" },
      { from: "human", value: "c" },
    ];
    const lines = [{ conversations: turns }, { conversations: JSON.stringify(turns.slice(1)) }];
    const rows = await read(lines.map((line) => `${JSON.stringify(line)}\n`).join(""), {
      columns: { messages: "conversations" },
    });
    expect(rows.map(({ messages }) => messages.map(({ role }) => role).join(" "))).toEqual([
      "system user assistant user",
      "user assistant user",
    ]);
    expect(rows[1]?.prompt).toBe("c");
  });

  it("makes the id from the content alone, and tells equal prompts apart", async () => {
    const [first] = await read('{"prompt": "b"}\n');
    const rows = await read('{"prompt": "a"}\n\n{"prompt": "b"}\n{"prompt": "b"}\n{"prompt": "b"}\n');
    expect(rows.map(({ id, line }) => [id, line]).slice(1)).toEqual([
      [first?.id, 3],
      [`${first?.id}-2`, 4],
      [`${first?.id}-3`, 5],
    ]);
  });

  it("warns once of keys that it does not use, and goes on", async () => {
    const warnings: string[] = [];
    await read('{"prompt": "a", "topic": 1}\n{"prompt": "b", "topic": 2, "so\\u001b[2Jurce": 3}\n', {}, (message) =>
      warnings.push(message),
    );
    expect(warnings).toEqual(["data/prompts.jsonl has keys that are not used: topic, source"]);
  });

  it("is one of many: a list, a folder, a pattern, absolute or not, each file once", async () => {
    folder.write("many/b.jsonl", '{"id": "b", "prompt": "b"}\n');
    folder.write("many/a.csv", "id,prompt\na,a\n");
    const absolute = folder.write("other/c.json", '[\n{"id": "c", "prompt": "c"}\n]');
    const ids = async (prompts: string | string[]) => (await folder.read({ prompts })).map(({ id }) => id).join("");
    expect(await ids("many")).toBe("ab");
    expect(await ids("m*/*")).toBe("ab");
    expect(await ids(["many/b.jsonl", absolute, "many/*.jsonl"])).toBe("bc");
    const source = await folder.open({ prompts: ["many", absolute] });
    expect(source.files.map(({ name }) => name)).toEqual(["many/a.csv", "many/b.jsonl", "other/c.json"]);
    expect(source.count).toBe(3);
  });

  it("gives only the prompts that are wanted, with the ids that they have among all", async () => {
    folder.write("data/prompts.jsonl", '{"prompt": "b"}\n'.repeat(4));
    const source = await folder.open({ max_samples: 3 });
    const found: [number, string][] = [];
    for await (const { index, prompt } of source.rows((number) => number > 0)) found.push([index, prompt.id.slice(16)]);
    expect(found).toEqual([
      [1, "-2"],
      [2, "-3"],
    ]);
  });

  it("is noticed when it changes between two readings", async () => {
    const path = folder.write("data/prompts.jsonl", '{"prompt": "b"}\n');
    const source = await folder.open();
    appendFileSync(path, '{"prompt": "c"}\n');
    await expect(source.rows().next()).rejects.toMatchObject({
      exitCode: 4,
      code: "input_changed",
      message: "data/prompts.jsonl: the file was changed while the stage ran",
    });
  });
});

describe("every kind of file", () => {
  const rows = [
    { id: "1", prompt: 'a "quoted", comma\nand a second line', category: "x" },
    { id: "2", prompt: "grüße ☃", category: null },
  ];
  const csv = 'id,prompt,category\n1,"a ""quoted"", comma\nand a second line",x\n2,grüße ☃,\n';
  const jsonl = rows.map((row) => `${JSON.stringify(row)}\n`).join("");

  it.each([
    ["p.jsonl", jsonl],
    ["p.ndjson", jsonl],
    ["p.json", JSON.stringify(rows, null, 2)],
    ["p.json", jsonl],
    ["p.csv", csv],
    ["p.csv", `\ufeff${csv.replaceAll("\n", "\r\n").replace("comma\r\n", "comma\n")}`],
    [
      "p.tsv",
      csv
        .replace("id,prompt,category", "id\tprompt\tcategory")
        .replace("1,", "1\t")
        .replace('",x', '"\tx')
        .replace("2,", "2\t")
        .replace("☃,", "☃\t"),
    ],
    ["p.jsonl.gz", gzipSync(jsonl)],
    ["p.csv.zst", zstdCompressSync(csv)],
  ])("%s", async (name, content) => {
    folder.write(name, content);
    expect(await folder.read({ prompts: name })).toMatchObject(rows);
  });

  it("p.parquet, with numbers for ids", async () => {
    using database = await openDatabase();
    const path = `${folder.dir}/p.parquet`;
    await database.connection.run(
      `COPY (SELECT 9007199254740993 + i AS id, 'prompt ' || i AS prompt, [{'role': 'user', 'content': 'prompt ' || i}] AS messages, 7 AS score FROM range(3) t(i)) TO '${path}'`,
    );
    const read = await folder.read({ prompts: "p.parquet" });
    expect(read.map(({ id, prompt, line }) => [id, prompt, line])).toEqual([
      ["9007199254740993", "prompt 0", 1],
      ["9007199254740994", "prompt 1", 2],
      ["9007199254740995", "prompt 2", 3],
    ]);
  });
});

describe("columns", () => {
  it("are named by the configuration, in any kind of file", async () => {
    folder.write("qa.csv", "question,kind,gold\nWhat is 2+2?,math,4\n");
    const columns = { prompt: "question", category: "kind", reference: "gold" };
    expect(await folder.read({ prompts: "qa.csv", columns })).toMatchObject([
      { prompt: "What is 2+2?", category: "math", reference: "4" },
    ]);
  });

  it("fill a template; one that it asks about may be null", async () => {
    folder.write("alpaca.jsonl", '{"instruction": "Add", "input": null}\n{"instruction": "Sum", "input": "1, 2"}\n');
    const prompt_template = "{{ instruction }}{% if input %}: {{ input }}{% endif %}";
    const read = await folder.read({ prompts: "alpaca.jsonl", prompt_template });
    expect(read.map(({ prompt }) => prompt)).toEqual(["Add", "Sum: 1, 2"]);
  });

  it("of a CSV with another delimiter are told as such", async () => {
    folder.write("a.csv", "prompt;id\nAdd;1\n");
    await expect(folder.read({ prompts: "a.csv" })).rejects.toMatchObject({
      hint: "The header is one column, prompt;id: its delimiter seems to be `;`. Save the file with commas, or with tabs as .tsv.",
    });
  });

  it.each([
    ["a.jsonl", '{"question": "a", "answer": "b"}\n'.repeat(30), "a.jsonl:1: it has neither `prompt` nor `messages`"],
    ["a.csv", `question,answer\n${"a,b\n".repeat(30)}`, "a.csv: it has neither `prompt` nor `messages`"],
  ])("that others usually have are proposed, not guessed: %s", async (name, content, message) => {
    folder.write(name, content);
    await expect(folder.read({ prompts: name })).rejects.toMatchObject({
      message,
      hint: "The file has the columns question, answer: set columns.prompt=question, or a prompt_template over several.",
    });
  });

  it.each([
    [
      { prompt_template: "{{ titel }} {{ text }}" },
      "t.csv: prompt_template names `titel`, which is no column here: it has title, text",
      "Did you mean `title`?",
    ],
    [
      { columns: { prompt: "txt" } },
      "t.csv: columns.prompt is `txt`, which is no column here: it has title, text",
      "Did you mean `text`?",
    ],
  ])("that are not there are named before any row is read: %j", async (settings, message, hint) => {
    folder.write("t.csv", "title,text\nA,\n");
    await expect(folder.read({ prompts: "t.csv", ...settings })).rejects.toMatchObject({ exitCode: 4, message, hint });
  });

  it("that are not there in JSONL are told once for the file", async () => {
    folder.write("t.jsonl", '{"title": "A", "text": "B"}\n'.repeat(3));
    await expect(folder.read({ prompts: "t.jsonl", prompt_template: "{{ titel }}" })).rejects.toMatchObject({
      message: "t.jsonl:1: prompt_template names `titel`, which is no column here: it has title, text",
    });
    await expect(
      folder.read({ prompts: "t.jsonl", columns: { prompt: "text", category: "topci" } }),
    ).rejects.toMatchObject({ message: "t.jsonl: no row has the column `topci`, which columns.category names" });
  });

  it("that are null where the template needs them are their row's fault", async () => {
    folder.write("t.csv", "title,text\nA,b\nB,\n");
    await expect(folder.read({ prompts: "t.csv", prompt_template: "{{ title }} {{ text }}" })).rejects.toMatchObject({
      message: "t.csv:3: `text`, which prompt_template uses, is null",
    });
  });

  it("and a template that is no Jinja is exit 2", async () => {
    folder.write("t.csv", "title,text\nA,b\n");
    await expect(folder.read({ prompts: "t.csv", prompt_template: "{{ title" })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("`prompt_template` is no Jinja template"),
    });
  });
});

describe("a fault in a prompts file is exit 4, naming file and line", () => {
  const good = '{"id": "one", "prompt": "a"}\n';
  it.each([
    ["an empty file", "", "data/prompts.jsonl: the file has no rows"],
    [
      "a line that is not UTF-8",
      Buffer.concat([Buffer.from(good), Buffer.from([0x22, 0xff, 0x0a])]),
      "data/prompts.jsonl:2: the line is not UTF-8",
    ],
    ["a cut last line", `${good}{"prompt": "b`, "data/prompts.jsonl:2: the last line is cut"],
    ["an invalid line", `${good}{prompt: 1}\n`, "data/prompts.jsonl:2: the line is not valid JSON"],
    ["a null prompt", `${good}{"prompt": null}\n`, "data/prompts.jsonl:2: expected `prompt` to be a string, got null"],
    [
      "a category that is a list",
      `${good}{"prompt": "a", "category": ["x"]}\n`,
      'data/prompts.jsonl:2: expected `category` to be a text or a number, got ["x"]',
    ],
    ["an empty prompt", `${good}{"prompt": " \\n"}\n`, "data/prompts.jsonl:2: `prompt` is empty"],
    [
      "a prompt that is a number",
      `${good}{"prompt": 5}\n`,
      "data/prompts.jsonl:2: expected `prompt` to be a string, got 5",
    ],
    ["a line that is a list", `${good}["a"]\n`, "data/prompts.jsonl:2: expected an object"],
    ["no prompt at all", `${good}{"id": "two"}\n`, "data/prompts.jsonl:2: it has neither `prompt` nor `messages`"],
    [
      "a conversation that ends with an answer",
      '{"messages": [{"role": "assistant", "content": "a"}]}\n',
      "data/prompts.jsonl:1: `messages` does not end",
    ],
    [
      "an unknown role",
      '{"messages": [{"role": "tool", "content": "a"}]}\n',
      "data/prompts.jsonl:1: expected `messages.0.role` to be",
    ],
    [
      "an id given twice",
      `${good}{"id": "two", "prompt": "b"}\n${good}`,
      "data/prompts.jsonl:3: the id `one` is that of line 1",
    ],
  ])("%s", async (_name, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(message),
      hint: expect.any(String),
    });
  });

  it.each([
    ["a ragged row", "id,prompt\n1,a\n2,b,c\n", "p.csv:3: it has 3 fields, the header 2"],
    ["a row after a quoted line end", 'id,prompt\n1,"a\nb"\n2\n', "p.csv:4: it has 1 fields, the header 2"],
    ["a quote that does not end", 'id,prompt\n1,a\n2,"b\n3,c\n', "p.csv:3: a field that begins with a quote here"],
    ["text after a quote", 'id,prompt\n1,"a" b\n', "p.csv:2: there is text after a field's closing quote"],
    ["a column named twice", "id,prompt,id\n1,a,2\n", "p.csv:1: the header names the column `id` twice"],
    ["a column without a name", "id,,prompt\n1,a,2\n", "p.csv:1: the header's column 2 has no name"],
    ["a header alone", "id,prompt\n", "p.csv: the file has no rows"],
    ["an empty field", "id,prompt\n1,\n", "p.csv:2: expected `prompt` to be a string, got null"],
    ["Latin-1", Buffer.from("id,prompt\n1,caf\xe9\n", "latin1"), "p.csv:2: the line is not UTF-8 text"],
  ])("in CSV: %s", async (_name, content, message) => {
    folder.write("p.csv", content);
    await expect(folder.read({ prompts: "p.csv" })).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ["cut.parquet", Buffer.from("PAR1 and then nothing"), "cut.parquet: not a whole Parquet file"],
    ["cut.arrow", Buffer.from("ARROW1\0\0 and then nothing"), "cut.arrow: not a whole Arrow file"],
    ["cut.jsonl.gz", gzipSync('{"prompt": "a"}\n'.repeat(999)).subarray(0, 40), "cut.jsonl.gz: it is cut, damaged"],
    [
      "cut.jsonl.zst",
      zstdCompressSync('{"prompt": "a"}\n'.repeat(999)).subarray(0, 20),
      "cut.jsonl.zst: it is cut, damaged",
    ],
    ["cut.json", '[{"prompt": "a"},\n{"prompt"', "cut.json:2: the array does not end"],
    ["bad.json", '[{"prompt": "a"},\n{prompt: 1},\n{"prompt": "c"}]', "bad.json:2: the element is not valid JSON"],
    ["sheet.xlsx", "PK", "sheet.xlsx: its name does not say what kind of file it is"],
  ])("%s", async (name, content, message) => {
    folder.write(name, content);
    await expect(folder.read({ prompts: name })).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ["data/none.jsonl", "data/none.jsonl: the file is missing"],
    ["data/none-*.jsonl", "data/none-*.jsonl: no file matches this pattern"],
  ])("%s is missing", async (prompts, message) => {
    await expect(folder.read({ prompts })).rejects.toMatchObject({ exitCode: 4, message });
  });

  it("a fault past max_samples, too", async () => {
    await expect(read(`${good}{"prompt": ""}\n`, { max_samples: 1 })).rejects.toMatchObject({ row: 2 });
    await expect(read(`${good}{"prompt": "b"}\n`, { max_samples: 1 })).resolves.toHaveLength(1);
  });
});

describe("many faults", () => {
  it("are told all at once, over all files, before anything else", async () => {
    folder.write("x/a.jsonl", '{"id": "one", "prompt": "a"}\n{"prompt": null}\n{"prompt": ""}\n');
    folder.write("x/b.jsonl", '{"id": "one", "prompt": "b"}\n{"id": "two", "prompt": "c"}\nnonsense\n');
    const error = await folder.read({ prompts: ["x", "x/none.jsonl"] }).catch((reason: Error) => reason);
    expect(error).toMatchObject({ exitCode: 4 });
    expect((error as Error).message.split("\n")).toEqual([
      "x/a.jsonl:2: expected `prompt` to be a string, got null",
      "  x/a.jsonl:3: `prompt` is empty",
      "  x/b.jsonl:1: the id `one` is that of x/a.jsonl:1 already",
      expect.stringMatching(/^ {2}x\/b\.jsonl:3: the line is not valid JSON/),
      "  x/none.jsonl: the file is missing",
    ]);
  });

  it("are twenty at most, and the number of the others", async () => {
    const error = await read(`{"prompt": "a"}\n${'{"prompt": 1}\n'.repeat(1_050)}`).catch((reason: Error) => reason);
    const lines = (error as Error).message.split("\n");
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe("  and 1,030 faults more");
  });

  it("stop the check from telling of prompts", async () => {
    folder.write("data/prompts.jsonl", '{"prompt": "a"}\n{"prompt": 1}\n{"prompt": "c"}\n');
    const seen: string[] = [];
    await folder.open({}, { visit: ({ prompt }) => void seen.push(prompt) }).catch(() => undefined);
    expect(seen).toEqual(["a"]);
  });
});
