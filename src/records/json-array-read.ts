import { DataError, errorMessage, toSafeLine } from "../core/index.ts";
import { readBlocks } from "./byte-blocks.ts";
import { emptyFile, iterateJsonl, type JsonlLine, type ReadOptions } from "./jsonl-read.ts";
import { decodeLine, joinParts, maxLineBytes, tooLong } from "./text-lines.ts";

const [newline, quote, backslash, comma] = [0x0a, 0x22, 0x5c, 0x2c];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The rows of a `.json` file: the elements of one array, each with the line that it begins on, or, where it does not begin with a bracket,
 * one JSON text a line. An invalid element's error stands in its place; never the whole file is in memory.
 * @throws DataError for a file that is missing, empty or cut.
 */
export async function* iterateJson(path: string, options: ReadOptions = {}): AsyncGenerator<JsonlLine | DataError> {
  const { projectPath: file = path } = options;
  if ((await firstByte(path, file)) !== openArray) {
    yield* iterateJsonl(path, options);
    return;
  }
  let elements = 0;
  for await (const element of splitArray(readBlocks(path, file), file)) {
    elements++;
    yield parseElement(element, file);
  }
  if (elements === 0) throw emptyFile(file, "Write an array of JSON objects into it, or one object a line.");
}

async function firstByte(path: string, file: string): Promise<number | undefined> {
  for await (const block of readBlocks(path, file)) {
    const found = block.find((byte) => !isSpace(byte) && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Element {
  readonly bytes: Buffer;
  /** 1-based line that it begins on. */
  readonly number: number;
}

/** The elements' bytes, found by their brackets and quotes alone; whether they are JSON is the parser's to say. */
async function* splitArray(blocks: AsyncIterable<Buffer>, file: string): AsyncGenerator<Element> {
  const state = { depth: 0, isText: false, isEscaped: false, line: 1 };
  /** 0 between two elements. */
  let startLine = 0;
  let parts: Buffer[] = [];
  let size = 0;
  for await (const block of blocks) {
    let start = 0;
    for (let at = 0; at < block.length; at++) {
      const byte = block[at] ?? 0;
      if (byte === newline) state.line++;
      if (state.isText) {
        if (state.isEscaped) state.isEscaped = false;
        else if (byte === backslash) state.isEscaped = true;
        else if (byte === quote) state.isText = false;
        continue;
      }
      const isEnd = state.depth === 1 && (byte === comma || byte === closeArray);
      if (isEnd && startLine !== 0) {
        parts.push(block.subarray(start, at));
        yield { bytes: joinParts(parts), number: startLine };
        [parts, size, startLine] = [[], 0, 0];
      } else if (state.depth === 1 && startLine === 0 && !isEnd && !isSpace(byte)) {
        [start, startLine] = [at, state.line];
      }
      if (byte === quote) state.isText = true;
      else if (byte === openArray || byte === openObject) state.depth++;
      else if (byte === closeArray || byte === closeObject) state.depth--;
    }
    if (startLine === 0) continue;
    parts.push(block.subarray(start));
    size += block.length - start;
    if (size > maxLineBytes) throw tooLong(file, startLine, maxLineBytes);
  }
  if (state.depth !== 0) throw cutArray(file, state.line);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function parseElement(element: Element, file: string): JsonlLine | DataError {
  const text = decodeLine(element, file);
  if (text instanceof DataError) return text;
  try {
    return { value: JSON.parse(text), line: element.number };
  } catch (error) {
    return new DataError(`the element is not valid JSON: ${toSafeLine(errorMessage(error), 160)}`, {
      file,
      row: element.number,
      code: "invalid_line",
      hint: "Correct it: the file is one array of JSON objects.",
      cause: error,
    });
  }
}

function cutArray(file: string, row: number): DataError {
  return new DataError("the array does not end", {
    file,
    row,
    code: "cut_line",
    hint: "The file was not written to its end: write it anew.",
  });
}
