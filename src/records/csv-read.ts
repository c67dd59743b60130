import { DataError, toSafeLine } from "../core/index.ts";
import { readBlocks } from "./byte-blocks.ts";
import { badRow, type CsvRecord, type Field, parseRecords } from "./csv-record.ts";
import { emptyFile, type ReadOptions } from "./jsonl-read.ts";
import type { TableRow } from "./table-row.ts";

export interface ReadCsvOptions extends ReadOptions {
  /** "," or a tab. */
  readonly delimiter: string;
}

/** The names in the first line. @throws DataError for a file without one, or with a name that is empty or stands there twice. */
export async function readCsvHeader(path: string, options: ReadCsvOptions): Promise<string[]> {
  const { projectPath: file = path } = options;
  for await (const record of readRecords(path, options)) {
    if (record instanceof DataError) throw record;
    return checkHeader(record.fields, { file, line: record.line });
  }
  throw emptyFile(file, "Its first line names the columns, and each line after it is a row.");
}

/**
 * The rows of a CSV or TSV file as texts by the header's names, with the line that each begins on: quoted fields may hold delimiters,
 * line ends and doubled quotes; a field with nothing in it is null, `""` an empty text. The error of a row stands in its place.
 * @throws DataError for a file that is missing, has no rows or a bad header, or ends within quotes.
 * @see RFC 4180
 */
export async function* iterateCsv(path: string, options: ReadCsvOptions): AsyncGenerator<TableRow | DataError> {
  const { projectPath: file = path } = options;
  let names: readonly string[] | null = null;
  let rows = 0;
  for await (const record of readRecords(path, options)) {
    if (names === null) {
      if (record instanceof DataError) throw record;
      names = checkHeader(record.fields, { file, line: record.line });
      continue;
    }
    rows++;
    yield record instanceof DataError ? record : toRow(record, { names, file });
  }
  if (rows === 0) throw emptyFile(file, "Its first line names the columns, and each line after it is a row.");
}

function readRecords(path: string, options: ReadCsvOptions): AsyncGenerator<CsvRecord | DataError> {
  const { projectPath: file = path, delimiter } = options;
  return parseRecords(readBlocks(path, file), { file, delimiter });
}

function checkHeader(fields: readonly Field[], place: { file: string; line: number }): string[] {
  const names = fields.map((field) => field?.trim() ?? "");
  const unnamed = names.indexOf("");
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (unnamed === -1 && twice === undefined) return names;
  const problem =
    unnamed === -1
      ? `the header names the column \`${toSafeLine(twice ?? "", 60)}\` twice`
      : `the header's column ${unnamed + 1} has no name`;
  throw new DataError(problem, {
    file: place.file,
    row: place.line,
    code: "bad_header",
    hint: "The first line names each column once.",
  });
}

function toRow(record: CsvRecord, { names, file }: { names: readonly string[]; file: string }): TableRow | DataError {
  const { fields, line } = record;
  if (fields.length !== names.length)
    return badRow(`it has ${fields.length} fields, the header ${names.length}`, { file, line });
  return { value: Object.fromEntries(names.map((name, index) => [name, fields[index] ?? null])), line };
}
