import { type FileHandle, open } from "node:fs/promises";
import { DataError, errorMessage, systemErrorCode, toSafeLine } from "../core/index.ts";

/** Longest line, in bytes: more is a file that is no JSONL. */
const maxLineBytes = 64 * 1024 * 1024;

const newline = 0x0a;
const readBytes = 1024 * 1024;

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
  const file = options.projectPath ?? path;
  const handle = await openForReading(path, file);
  let rows = 0;
  try {
    for await (const line of splitLines(handle, { file, maxBytes: options.maxLineBytes ?? maxLineBytes })) {
      const text = decodeLine(line, file);
      if (text.trim() === "") continue;
      rows++;
      yield { value: parseLine(text, line, file), line: line.number };
    }
  } finally {
    await handle.close();
  }
  if (rows === 0)
    throw new DataError("the file has no rows", {
      file,
      code: "empty_file",
      hint: "Write one JSON object a line into it.",
    });
}

async function openForReading(path: string, file: string): Promise<FileHandle> {
  try {
    const handle = await open(path, "r");
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    throw unreadable(file, error);
  }
  throw new DataError("it is not a file", { file, code: "unreadable_file", hint: "Name a file with one row a line." });
}

/** The error for a file that cannot be opened. */
export function unreadable(file: string, error: unknown): DataError {
  const isMissing = systemErrorCode(error) === "ENOENT";
  return new DataError(
    isMissing ? "the file is missing" : `the file cannot be read (${systemErrorCode(error) ?? errorMessage(error)})`,
    {
      file,
      code: isMissing ? "missing_file" : "unreadable_file",
      hint: isMissing
        ? "Check the path; a file that a stage writes is there once that stage is done."
        : "Check the file's owner and permissions.",
      cause: error,
    },
  );
}

interface Line {
  readonly bytes: Buffer;
  readonly number: number;
  /** Whether a newline follows; without one the file may have been cut. */
  readonly isEnded: boolean;
}

async function* splitLines(
  handle: FileHandle,
  { file, maxBytes }: { file: string; maxBytes: number },
): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let number = 1;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(readBytes), 0, readBytes, null);
    let start = 0;
    while (start < bytesRead) {
      const found = buffer.indexOf(newline, start);
      const end = found === -1 || found >= bytesRead ? bytesRead : found;
      pending.push(buffer.subarray(start, end));
      pendingBytes += end - start;
      if (pendingBytes > maxBytes) throw tooLong(file, number, maxBytes);
      start = end + 1;
      if (end === bytesRead) break;
      yield { bytes: joinParts(pending), number, isEnded: true };
      pending = [];
      pendingBytes = 0;
      number++;
    }
    if (bytesRead === 0) break;
  }
  if (pendingBytes > 0) yield { bytes: joinParts(pending), number, isEnded: false };
}

function joinParts(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

function tooLong(file: string, row: number, maxBytes: number): DataError {
  return new DataError(`the line is longer than ${Math.floor(maxBytes / 2 ** 20)} MiB`, {
    file,
    row,
    code: "line_too_long",
    hint: "A JSONL file has one row a line, each ended by a newline: is this one JSON document, or another kind of file?",
  });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeLine({ bytes, number }: Line, file: string): string {
  try {
    const text = decoder.decode(bytes);
    return number === 1 && text.startsWith("\ufeff") ? text.slice(1) : text;
  } catch (error) {
    throw new DataError("the line is not UTF-8 text", {
      file,
      row: number,
      code: "not_utf8",
      hint: "Save the file as UTF-8, e.g. `iconv -f LATIN1 -t UTF-8 FILE`.",
      cause: error,
    });
  }
}

function parseLine(text: string, { number, isEnded }: Line, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const isCut = !isEnded;
    throw new DataError(
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
