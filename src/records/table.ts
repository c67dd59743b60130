import { DataError } from "../core/index.ts";
import { assertFile, packingOf } from "./byte-blocks.ts";
import { iterateCsv, readCsvHeader } from "./csv-read.ts";
import { iterateJson } from "./json-array-read.ts";
import { iterateJsonl } from "./jsonl-read.ts";
import type { TableRow } from "./table-row.ts";

/** A file with rows, of any kind that we read. */
export interface Table {
  /** The columns' names where the file tells them before its rows, else null. */
  readonly columns: readonly string[] | null;
  /** SQL types of the columns, where the file holds them in types of their own that DuckDB reads, else null. */
  readonly types: ReadonlyMap<string, string> | null;
  /** Whether every value is a text or null. */
  readonly isText: boolean;
  /** The rows in the file's order, one at a time, with the error of a row in its place; of the named columns, or of all. */
  rows(columns?: readonly string[]): AsyncIterable<TableRow | DataError>;
}

const endings = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".arrow"] as const;
type Ending = (typeof endings)[number];

/** Those that may have `.gz` or `.zst` behind them. */
const packable: readonly Ending[] = [".jsonl", ".ndjson", ".json", ".csv", ".tsv"];

/** Whether a file's name says that it holds rows. */
export function isTableFile(path: string): boolean {
  return endingOf(path) !== null;
}

function endingOf(path: string): Ending | null {
  const packing = packingOf(path);
  const plain = path.slice(0, path.length - packing.length).toLowerCase();
  return (packing === "" ? endings : packable).find((ending) => plain.endsWith(ending)) ?? null;
}

/**
 * Opens a file by its name's ending: .jsonl, .ndjson, .json (one array, or a row a line), .csv, .tsv, .parquet or .arrow, the texts among
 * them packed as .gz or .zst, too.
 * @throws DataError for a file that is missing, of another kind, or whose columns cannot be read.
 */
export async function openTable(
  path: string,
  { projectPath: file = path }: { projectPath?: string } = {},
): Promise<Table> {
  await assertFile(path, file);
  const ending = endingOf(path);
  const options = { projectPath: file };
  switch (ending) {
    case ".jsonl":
    case ".ndjson":
      return { columns: null, types: null, isText: false, rows: () => iterateJsonl(path, options) };
    case ".json":
      return { columns: null, types: null, isText: false, rows: () => iterateJson(path, options) };
    case ".csv":
    case ".tsv": {
      const csv = { ...options, delimiter: ending === ".csv" ? "," : "\t" };
      return { columns: await readCsvHeader(path, csv), types: null, isText: true, rows: () => iterateCsv(path, csv) };
    }
    case ".parquet":
      return openParquetTable(path, options);
    case ".arrow": {
      const { iterateArrow, readArrowColumns } = await import("./arrow-read.ts");
      const names = await readArrowColumns(path, options);
      const rows = (columns = names) => iterateArrow(path, { ...options, columns });
      return { columns: names, types: null, isText: false, rows };
    }
    case null:
      throw new DataError("its name does not say what kind of file it is", {
        file,
        code: "unknown_format",
        hint: `Name it with one of these endings: ${endings.join(", ")}; texts may be packed as .gz or .zst.`,
      });
  }
}

/** Opens a Parquet file, whatever its name. @throws DataError for a file that is missing or no Parquet. */
export async function openParquetTable(path: string, options: { projectPath?: string }): Promise<Table> {
  const { iterateParquetObjects, readParquetTypes } = await import("./parquet-read.ts");
  const types = await readParquetTypes(path, options);
  const columns = [...types.keys()];
  return {
    columns,
    types,
    isText: false,
    rows: (names = columns) => iterateParquetObjects(path, { ...options, columns: names }),
  };
}
