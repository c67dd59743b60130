import { DataError, errorMessage, toSafeLine } from "../core/index.ts";
import { readBlocks } from "./byte-blocks.ts";
import { decodeLine, type Line, maxLineBytes, splitLines } from "./text-lines.ts";

export interface JsonlLine {
  readonly value: unknown;
  /** 1-based. */
  readonly line: number;
}

export interface ReadOptions {
  /** The name that errors use; the path itself when left out. */
  readonly projectPath?: string | undefined;
  /** Longest line in bytes. */
  readonly maxLineBytes?: number;
}

/**
 * The values of a JSONL file, one line at a time and never the whole file in memory. Blank lines are skipped, a byte order mark is
 * accepted.
 * @throws DataError with the file and line for a file that is missing, without rows or not UTF-8, and for a line that is invalid, cut or
 * longer than 64 MiB.
 */
export async function* readJsonl(path: string, options: ReadOptions = {}): AsyncGenerator<JsonlLine> {
  for await (const row of iterateJsonl(path, options)) {
    if (row instanceof DataError) throw row;
    yield row;
  }
}

/** Like readJsonl, with the error of a line in that line's place, so that the lines after it are read, too. */
export async function* iterateJsonl(path: string, options: ReadOptions = {}): AsyncGenerator<JsonlLine | DataError> {
  const { projectPath: file = path, maxLineBytes: maxBytes = maxLineBytes } = options;
  let rows = 0;
  for await (const line of splitLines(readBlocks(path, file), { file, maxBytes })) {
    const row = line instanceof DataError ? line : readLine(line, file);
    if (row === null) continue;
    rows++;
    yield row;
  }
  if (rows === 0) throw emptyFile(file, "Write one JSON object a line into it.");
}

/** The error for a file that holds nothing. */
export function emptyFile(file: string, hint: string): DataError {
  return new DataError("the file has no rows", { file, code: "empty_file", hint });
}

/** Null for a blank line. */
function readLine(line: Line, file: string): JsonlLine | DataError | null {
  const text = decodeLine(line, file);
  if (text instanceof DataError) return text;
  return text.trim() === "" ? null : parseLine(text, line, file);
}

function parseLine(text: string, { number, isEnded }: Line, file: string): JsonlLine | DataError {
  try {
    return { value: JSON.parse(text), line: number };
  } catch (error) {
    const isCut = !isEnded;
    return new DataError(
      `${isCut ? "the last line is cut or " : "the line is "}not valid JSON: ${toSafeLine(errorMessage(error), 160)}`,
      {
        file,
        row: number,
        code: isCut ? "cut_line" : "invalid_line",
        hint: isCut
          ? "The file was not written to its end: write it anew, or remove the line."
          : "Correct the line: one JSON object, on one line.",
        cause: error,
      },
    );
  }
}
