import { DataError } from "../core/index.ts";

/** Longest line, in bytes: more is a file of another kind. */
export const maxLineBytes = 64 * 1024 * 1024;

const newline = 0x0a;

export interface Line {
  readonly bytes: Buffer;
  /** 1-based. */
  readonly number: number;
  /** Whether a newline follows; without one the file may have been cut. */
  readonly isEnded: boolean;
}

/** The lines, with the error of one that is longer than `maxBytes` in its place; no more of it than that is in memory. */
export async function* splitLines(
  blocks: AsyncIterable<Buffer>,
  { file, maxBytes = maxLineBytes }: { file: string; maxBytes?: number },
): AsyncGenerator<Line | DataError> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let number = 1;
  for await (const block of blocks) {
    let start = 0;
    while (start < block.length) {
      const found = block.indexOf(newline, start);
      const end = found === -1 ? block.length : found;
      pendingBytes += end - start;
      if (pendingBytes <= maxBytes) pending.push(block.subarray(start, end));
      else pending = [];
      start = end + 1;
      if (end === block.length) break;
      yield pendingBytes > maxBytes
        ? tooLong(file, number, maxBytes)
        : { bytes: joinParts(pending), number, isEnded: true };
      pending = [];
      pendingBytes = 0;
      number++;
    }
  }
  if (pendingBytes > maxBytes) yield tooLong(file, number, maxBytes);
  else if (pendingBytes > 0) yield { bytes: joinParts(pending), number, isEnded: false };
}

export function joinParts(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

export function tooLong(file: string, row: number, maxBytes: number): DataError {
  return new DataError(`the line is longer than ${Math.floor(maxBytes / 2 ** 20)} MiB`, {
    file,
    row,
    code: "line_too_long",
    hint: "A JSONL file has one row a line, each ended by a newline: is this one JSON document, or another kind of file?",
  });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The line's text, without the byte order mark of a first one; the error for bytes that are not UTF-8. */
export function decodeLine({ bytes, number }: Pick<Line, "bytes" | "number">, file: string): string | DataError {
  try {
    const text = decoder.decode(bytes);
    return number === 1 && text.startsWith("\ufeff") ? text.slice(1) : text;
  } catch (error) {
    return new DataError("the line is not UTF-8 text", {
      file,
      row: number,
      code: "not_utf8",
      hint: "Save the file as UTF-8, e.g. `iconv -f LATIN1 -t UTF-8 FILE`.",
      cause: error,
    });
  }
}
