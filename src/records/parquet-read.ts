import { DataError, toSafeLine } from "../core/index.ts";
import { type Column, type RowSchema, sqlType } from "./columns.ts";
import { explainValue, openParquet, type ParquetSource } from "./parquet-source.ts";
import { decodeValue, isCompatible, toPlainValue } from "./values.ts";

export interface ReadParquetOptions {
  /** The name that errors use; the path itself when left out. */
  readonly projectPath?: string | undefined;
}

/**
 * All rows of a Parquet file, in their order. Columns that the schema does not know are left out.
 * @throws DataError naming the file for one that is missing, cut, or no Parquet at all; the column where it lacks one or has another type;
 * row and column for a value that does not fit.
 */
export async function readParquet<Row>(
  path: string,
  schema: RowSchema<Row>,
  options: ReadParquetOptions = {},
): Promise<Row[]> {
  const file = options.projectPath ?? path;
  await using source = await openParquet(path, file);
  const columns = Object.entries<Column>(schema.columns);
  checkColumns(columns, { source, file, name: schema.name });
  const rows: Row[] = [];
  for await (const values of source.rows(columns.map(([name]) => name))) {
    try {
      const members = columns.map(([name, column], index) => [name, decodeValue(values[index] ?? null, column, name)]);
      rows.push(Object.fromEntries(members) as Row);
    } catch (error) {
      throw explainValue(error, { file, row: rows.length + 1 });
    }
  }
  return rows;
}

/** Those of the named columns that the file has, as plain values, for files that we did not write. */
export async function* iterateParquetObjects(
  path: string,
  options: ReadParquetOptions & { readonly columns: readonly string[] },
): AsyncGenerator<{ value: Record<string, unknown>; line: number }> {
  await using source = await openParquet(path, options.projectPath ?? path);
  const names = options.columns.filter((name) => source.columns.has(name));
  let line = 0;
  if (names.length === 0) return;
  for await (const values of source.rows(names)) {
    line++;
    yield { value: Object.fromEntries(names.map((name, index) => [name, toPlainValue(values[index] ?? null)])), line };
  }
}

/** Names of a Parquet file's columns. @throws DataError for a file that is missing or no Parquet. */
export async function readParquetColumns(path: string, options: ReadParquetOptions = {}): Promise<string[]> {
  await using source = await openParquet(path, options.projectPath ?? path);
  return [...source.columns.keys()];
}

function checkColumns(
  columns: readonly (readonly [string, Column])[],
  { source, file, name }: { source: ParquetSource; file: string; name: string },
): void {
  for (const [column, expected] of columns) {
    const type = source.columns.get(column);
    if (type !== undefined && isCompatible(expected, type, source.duckdb)) continue;
    const problem =
      type === undefined ? `it has no column \`${column}\`` : `its column \`${column}\` is ${toSafeLine(String(type))}`;
    throw new DataError(`${problem}; ${name} have \`${column}\` as ${sqlType(expected)}`, {
      file,
      code: "wrong_columns",
      hint: `The file does not hold ${name}, or another version wrote it: run the stage that makes it again.`,
    });
  }
}
