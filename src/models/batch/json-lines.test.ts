import { expect, it } from "vitest";
import { findCustomId, parseObject, readLines } from "./json-lines.ts";

function bodyOf(text: string, chunk: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, index) =>
    bytes.slice(index * chunk, (index + 1) * chunk),
  );
  return ReadableStream.from(chunks);
}

it("reads lines however the bytes arrive", async () => {
  const lines = ['{"a":"ü"}', '{"b":"€😀"}', "x".repeat(50)];
  for (const chunk of [1, 3, 7, 1000]) {
    const read: string[] = [];
    for await (const line of readLines(bodyOf(`${lines.join("\n\n")}\r\n \n`, chunk))) read.push(line.trim());
    expect(read).toEqual(lines);
  }
  const cut: string[] = [];
  for await (const line of readLines(bodyOf("one\ntwo", 2))) cut.push(line);
  expect(cut).toEqual(["one", "two"]);
});

it("knows whose line is broken, and takes no id from what a model said", () => {
  expect(findCustomId('{"id":"x","custom_id":"abc-12","response":{"bo')).toBe("abc-12");
  expect(findCustomId('{"response":{"text":"{\\"custom_id\\":\\"abc\\"}"}')).toBe(null);
  expect([parseObject("[1]"), parseObject("null"), parseObject("{"), parseObject('{"a":1}')]).toEqual([
    null,
    null,
    null,
    { a: 1 },
  ]);
});
