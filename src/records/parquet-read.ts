import { DataError, toSafeLine } from "../core/index.ts";
import { type Column, type RowSchema, sqlType } from "./columns.ts";
import { describeNames } from "./foreign-columns.ts";
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
  for await (const chunk of source.chunks(columns.map(([name]) => name))) {
    for (let row = 0; row < chunk.rows; row++) {
      try {
        const members = columns.map(([name, column], index) => [
          name,
          decodeValue(chunk.columns[index]?.[row] ?? null, column, name),
        ]);
        rows.push(Object.fromEntries(members) as Row);
      } catch (error) {
        throw explainValue(error, { file, row: rows.length + 1 });
      }
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
  for await (const { rows, columns } of source.chunks(names)) {
    for (let row = 0; row < rows; row++) {
      const members = names.map((name, index) => [name, toPlainValue(columns[index]?.[row] ?? null)]);
      yield { value: Object.fromEntries(members), line: ++line };
    }
  }
}

/** A Parquet file's columns and their SQL types. @throws DataError for a file that is missing or no Parquet. */
export async function readParquetTypes(path: string, options: ReadParquetOptions = {}): Promise<Map<string, string>> {
  await using source = await openParquet(path, options.projectPath ?? path);
  return new Map(Array.from(source.columns, ([name, type]) => [name, String(type)]));
}

/** Whether a column has anything but nulls. @throws DataError for a file that cannot be read. */
export async function hasParquetValues(
  path: string,
  { column, file }: { readonly column: string; readonly file: string },
): Promise<boolean> {
  await using source = await openParquet(path, file);
  return await source.hasValues(column);
}

/**
 * The number of a Parquet file's rows, by its footer alone, after a look at its columns.
 * @throws DataError as readParquet does, except for what stands in the rows.
 */
export async function countParquetRows<Row>(
  path: string,
  schema: RowSchema<Row>,
  options: ReadParquetOptions = {},
): Promise<number> {
  const file = options.projectPath ?? path;
  await using source = await openParquet(path, file);
  checkColumns(Object.entries<Column>(schema.columns), { source, file, name: schema.name });
  return await source.countRows();
}

function checkColumns(
  columns: readonly (readonly [string, Column])[],
  { source, file, name }: { source: ParquetSource; file: string; name: string },
): void {
  const hint = `The file does not hold ${name}, or another version wrote it: run the stage that makes it again.`;
  const missing = columns.filter(([column]) => !source.columns.has(column));
  if (missing.length > 0) {
    const names = missing.map(([column]) => `\`${column}\``);
    throw new DataError(
      `it has no column${names.length === 1 ? "" : "s"} ${names.join(", ")}; ${name} have ${names.length === 1 ? "it" : "them"}; ` +
        describeNames([...source.columns.keys()], "columns"),
      { file, code: "wrong_columns", hint },
    );
  }
  for (const [column, expected] of columns) {
    const type = source.columns.get(column);
    if (type === undefined || isCompatible(expected, type, source.duckdb)) continue;
    throw new DataError(
      `its column \`${column}\` is ${toSafeLine(String(type), 80)}; ${name} have \`${column}\` as ${sqlType(expected)}`,
      { file, code: "wrong_columns", hint },
    );
  }
}
