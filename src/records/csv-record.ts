import { CsvError, type Info, type InfoField, type InfoRecord, parse } from "csv-parse";
import { DataError } from "../core/index.ts";
import { decodeLine, maxLineBytes } from "./text-lines.ts";

/** A field's text; null for one with nothing in it, not even quotes. */
export type Field = string | null;

export interface CsvRecord {
  readonly fields: readonly Field[];
  /** 1-based line that it begins on. */
  readonly line: number;
}

export interface ParseRecordsOptions {
  /** As errors name it. */
  readonly file: string;
  /** "," or a tab. */
  readonly delimiter: string;
}

/**
 * The records of a CSV file's bytes; the error of one stands in its place. Lines of white space alone are left out, and a quote within a
 * field that does not begin with one stands for itself.
 * @throws DataError for a field whose quotes do not end, or a record of more than 64 MiB.
 * @see RFC 4180
 */
export async function* parseRecords(
  blocks: AsyncIterable<Buffer>,
  { file, delimiter }: ParseRecordsOptions,
): AsyncGenerator<CsvRecord | DataError> {
  const reading = createReading(file);
  const parser = parse({
    delimiter,
    // A field has one character a byte, so that its place is known, and what is not UTF-8 is told.
    encoding: "latin1",
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: maxLineBytes,
    cast: reading.onField,
    on_record: reading.onRecord,
  });
  // Each write tells its own.
  parser.on("error", () => undefined);
  const settle = (use: (done: (error?: Error | null) => void) => unknown): Promise<Error | null> =>
    new Promise((resolve) => use((error) => resolve(error ?? null)));
  try {
    for await (const block of withoutMark(blocks)) {
      const error = await settle((done) => parser.write(block, done));
      yield* reading.take();
      if (error !== null) throw explainFatal(error, { file, line: reading.nextLine });
    }
    const error = await settle((done) => parser.end(done));
    yield* reading.take();
    if (error !== null) throw explainFatal(error, { file, line: reading.nextLine });
  } finally {
    parser.destroy();
  }
}

/** Makes records of what the parser tells of fields and rows, in their order. */
function createReading(file: string) {
  let records: (CsvRecord | DataError)[] = [];
  let [fieldEnd, returns, lastLine] = [0, 0, 0];
  /** Of the record that the parser is at. */
  let [isQuoted, isBadlyQuoted] = [false, false];
  return {
    /** Where the record that the parser is at begins. */
    get nextLine() {
      return lastLine + 1;
    },
    take() {
      const taken = records;
      records = [];
      return taken;
    },
    onField(value: string, { quoting, bytes }: InfoField & Info): Field {
      isQuoted ||= quoting;
      isBadlyQuoted ||= quoting && value.startsWith('"') && !isWellQuoted(value, bytes - fieldEnd);
      fieldEnd = bytes;
      return value === "" && !quoting ? null : value;
    },
    /** @returns null, as the records are taken from here: the parser's own stream loses those before an error. */
    onRecord(fields: readonly Field[], { lines }: InfoRecord & Info): null {
      returns += countIn(fields, "\r");
      // The parser counts a carriage return within a field as a line, too.
      lastLine = lines - returns;
      const line = lastLine - countIn(fields, "\n");
      if (isBadlyQuoted) records.push(badRow("there is text after a field's closing quote", { file, line }));
      else if (isQuoted || !isBlank(fields)) records.push(decodeRecord({ fields, line }, file));
      [isQuoted, isBadlyQuoted] = [false, false];
      return null;
    },
  };
}

/**
 * Whether a field in quotes whose text begins with one is as it must be, two quotes around it and each within it twice. The parser gives one
 * with text after its closing quote as it stands, which takes less room.
 * @param size its bytes in the file, with up to two of a delimiter or line's end before it
 */
function isWellQuoted(value: string, size: number): boolean {
  return size >= value.length + 2 + countIn([value], '"');
}

function countIn(fields: readonly Field[], character: string): number {
  let count = 0;
  for (const field of fields) {
    if (field === null) continue;
    for (let at = field.indexOf(character); at !== -1; at = field.indexOf(character, at + 1)) count++;
  }
  return count;
}

function isBlank([only, ...others]: readonly Field[]): boolean {
  return others.length === 0 && (only == null || only.trim() === "");
}

const nonAscii = /[\x80-\xff]/;

function decodeRecord({ fields, line }: CsvRecord, file: string): CsvRecord | DataError {
  const decoded: Field[] = [];
  for (const field of fields) {
    const isPlain = field === null || !nonAscii.test(field);
    const text = isPlain ? field : decodeLine({ bytes: Buffer.from(field, "latin1"), number: line }, file);
    if (text instanceof DataError) return text;
    decoded.push(text);
  }
  return { fields: decoded, line };
}

/** Without the byte order mark. */
async function* withoutMark(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const block of blocks) {
    const isMarked = isFirst && block.subarray(0, 3).equals(byteOrderMark);
    yield isMarked ? block.subarray(byteOrderMark.length) : block;
    isFirst = false;
  }
}

const byteOrderMark = Buffer.from("\ufeff");

function explainFatal(error: Error, place: { file: string; line: number }): Error {
  if (!(error instanceof CsvError)) return error;
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return badRow("a field that begins with a quote here does not end", place);
    case "CSV_MAX_RECORD_SIZE":
      return badRow(`the row is longer than ${maxLineBytes / 2 ** 20} MiB: does a quote begin here and not end?`, {
        ...place,
        code: "line_too_long",
      });
    default:
      return error;
  }
}

const rowHint =
  "Put fields that hold the delimiter, a quote or a line's end in quotes, with each quote in them written twice.";

/** The error of a row. */
export function badRow(
  message: string,
  { file, line, code = "invalid_line" }: { file: string; line: number; code?: string },
): DataError {
  return new DataError(message, { file, row: line, code, hint: rowHint });
}
