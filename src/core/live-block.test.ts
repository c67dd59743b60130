import { expect, test } from "vitest";
import { displayWidth } from "./display-width.ts";
import { createLiveBlock } from "./live-block.ts";

/** As much of a terminal as the block uses. Lines that were written stay unbroken here; `columns` may change. */
function createScreen({ columns, rows = 24 }: { columns: number; rows?: number }) {
  let lines = [""];
  let row = 0;
  let writes = 0;
  const apply = (token: string): void => {
    const sequence = token.startsWith("\u001b[") ? token.slice(2) : null;
    if (token === "\r") lines[row] ??= "";
    else if (token === "\n") row++;
    else if (sequence?.endsWith("A")) row = Math.max(0, row - Number(sequence.slice(0, -1)));
    else if (sequence === "J") lines = lines.slice(0, row + (cursorAtStart ? 0 : 1));
    else if (sequence === null) lines[row] = token;
    cursorAtStart = token === "\r" || token === "\n" || (cursorAtStart && sequence !== null);
  };
  let cursorAtStart = true;
  const stream = {
    columns,
    rows,
    write: (text: string) => {
      writes++;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's own
      for (const token of text.match(/\u001b\[\d*[A-Z]|[\r\n]|[^\u001b\r\n]+/g) ?? []) apply(token);
      return true;
    },
  };
  return {
    stream: stream as unknown as NodeJS.WritableStream & { columns: number },
    lines: () => lines.filter((line) => line !== undefined),
    writes: () => writes,
  };
}

test("draws over itself, in one write each, whether the picture grows or shrinks", () => {
  const { stream, lines, writes } = createScreen({ columns: 40 });
  const block = createLiveBlock(stream);
  block.draw(["one", "  two"]);
  block.draw(["1", "  2", "  3"]);
  block.draw(["ONE", "  TWO"]);
  expect(lines()).toEqual(["ONE", "  TWO"]);
  expect(writes()).toBe(3);
});

test("is gone before a message, and stands below it again afterwards", () => {
  const { stream, lines } = createScreen({ columns: 40 });
  const block = createLiveBlock(stream);
  block.draw(["progress", "  note"]);
  block.clear();
  stream.write("warning: something\n");
  block.draw(["progress", "  note"]);
  expect(lines()).toEqual(["warning: something", "progress", "  note"]);
  block.leave();
  stream.write("error: the end\n");
  expect(lines()).toEqual(["warning: something", "progress", "  note", "error: the end"]);
});

test("no line is as wide as the terminal, whose width may change", () => {
  const { stream, lines } = createScreen({ columns: 100 });
  const block = createLiveBlock(stream);
  for (const columns of [60, 23, 160, 11]) {
    stream.columns = columns;
    block.clear();
    block.draw([`生成: ${"数".repeat(90)}`, `  ${"a word and 🚀 ".repeat(9)}`]);
    expect(lines().every((line) => displayWidth(line) < columns)).toBe(true);
  }
});

test("a terminal that became narrower has broken the lines: their rows are counted", () => {
  const { stream } = createScreen({ columns: 100 });
  let last = "";
  const write = stream.write.bind(stream);
  stream.write = (text: string) => {
    last = text;
    return write(text);
  };
  const block = createLiveBlock(stream);
  block.draw(["x".repeat(90), "y".repeat(50)]);
  stream.columns = 40;
  block.draw(["short"]);
  // 90 columns are three rows of 40, 50 are two.
  expect(last.startsWith("\r\u001b[4A")).toBe(true);
});

test("never takes more rows than the terminal has", () => {
  const { stream, lines } = createScreen({ columns: 40, rows: 6 });
  createLiveBlock(stream).draw(Array.from({ length: 20 }, (_, index) => `line ${index}`));
  expect(lines()).toHaveLength(4);
});
