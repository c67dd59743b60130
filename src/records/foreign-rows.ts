import { DataError } from "../core/index.ts";
import { shapeHint } from "./foreign-columns.ts";
import { ForeignNames } from "./foreign-names.ts";
import { completeForeignRow, parseForeignRow } from "./foreign-row.ts";
import { openForeign } from "./foreign-source.ts";
import type { ReadOptions } from "./jsonl-read.ts";
import type { FilteredRow } from "./rows.ts";
import type { TableRow } from "./table-row.ts";

/**
 * Rows of a file that no stage of ours wrote, one at a time, completed with defaults: the id is `row-<number>` where there is none, the
 * sample counts an id's occurrences, the group is the prompt's normalised text. The error of a row, with its file, number and key, stands in
 * its place: for one that is not of that shape, or whose id and sample came before.
 * @throws DataError for a file that cannot be read as a whole, that lacks columns, or has no rows.
 */
export async function* iterateForeignRows(
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<FilteredRow | DataError> {
  const file = options.projectPath ?? path;
  const names = new ForeignNames(file);
  let isEmpty = true;
  for await (const row of await openForeign(path, file)) {
    isEmpty = false;
    yield row instanceof DataError ? row : tryRow(row, { file, names });
  }
  if (isEmpty) throw new DataError("the file has no rows", { file, code: "empty_file", hint: shapeHint });
}

/** All rows of such a file. @throws DataError, also for the first row that is none. */
export async function readForeignRows(path: string, options: ReadOptions = {}): Promise<FilteredRow[]> {
  const rows: FilteredRow[] = [];
  for await (const row of iterateForeignRows(path, options)) {
    if (row instanceof DataError) throw row;
    rows.push(row);
  }
  return rows;
}

function tryRow(
  { value, line: row }: TableRow,
  { file, names }: { file: string; names: ForeignNames },
): FilteredRow | DataError {
  try {
    const foreign = parseForeignRow(value, { file, row });
    const { id, sample } = names.take(foreign, row);
    return completeForeignRow(foreign, { id, sample, file, row, keys: () => Object.keys(value as object) });
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
}
