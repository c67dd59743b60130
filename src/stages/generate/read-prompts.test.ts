import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPrompts } from "./read-prompts.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-prompts-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function write(content: string | Uint8Array): string {
  const path = join(folder, "prompts.jsonl");
  writeFileSync(path, content);
  return path;
}

function read(content: string | Uint8Array, onWarning?: (message: string) => void) {
  return readPrompts(write(content), {
    projectPath: "data/prompts.jsonl",
    ...(onWarning === undefined ? {} : { onWarning }),
  });
}

describe("a prompts file", () => {
  it("takes a bare prompt, and completes id and group", async () => {
    const [row] = await read('\ufeff{"prompt": "Prepare  A  Buffer"}\n');
    expect(row).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      messages: [{ role: "user", content: "Prepare  A  Buffer" }],
      prompt: "Prepare  A  Buffer",
      category: null,
      expects_json: false,
      reference: null,
      group: "prepare a buffer",
      line: 1,
    });
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
    const [row] = await read(
      JSON.stringify({ ...line, category: "x", expects_json: true, reference: 12.5, group: "g" }),
    );
    expect(row).toMatchObject({
      id: "7",
      prompt: "c",
      category: "x",
      expects_json: true,
      reference: "12.5",
      group: "g",
    });
    expect(row?.messages[0]).toEqual({ role: "system", content: "Be brief." });
    expect(row?.messages).toHaveLength(4);
  });

  it("makes the id from the content alone, and tells equal prompts apart", async () => {
    const [first] = await read('{"prompt": "b"}\n');
    const rows = await read('{"prompt": "a"}\n\n{"prompt": "b"}\n{"prompt": "b"}\n');
    expect(rows.map(({ id, line }) => [id, line]).slice(1)).toEqual([
      [first?.id, 3],
      [`${first?.id}-2`, 4],
    ]);
  });

  it("warns once of keys that it does not use, and goes on", async () => {
    const warnings: string[] = [];
    await read('{"prompt": "a", "topic": 1}\n{"prompt": "b", "topic": 2, "so\\u001b[2Jurce": 3}\n', (message) =>
      warnings.push(message),
    );
    expect(warnings).toEqual(["data/prompts.jsonl has keys that are not used: topic, source"]);
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
    ["an invalid line", `${good}{prompt: 1}\n${good}`, "data/prompts.jsonl:2: the line is not valid JSON"],
    ["a null prompt", `${good}{"prompt": null}\n`, "data/prompts.jsonl:2: expected `prompt` to be a string, got null"],
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

  it("a missing file", async () => {
    await expect(readPrompts(join(folder, "none.jsonl"), { projectPath: "data/none.jsonl" })).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("data/none.jsonl: the file is missing"),
    });
  });

  it("a fault past max_samples, too", async () => {
    await expect(readPrompts(write(`${good}{"prompt": ""}\n`), { maxSamples: 1 })).rejects.toMatchObject({ row: 2 });
    await expect(readPrompts(write(`${good}{"prompt": "b"}\n`), { maxSamples: 1 })).resolves.toHaveLength(1);
  });
});
