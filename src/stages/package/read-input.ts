import { type Project, shortenPath } from "../../config/index.ts";
import { DataError } from "../../core/index.ts";
import { type FilteredRow, filteredSchema, readForeignRows, readParquet } from "../../records/index.ts";

export interface PackageInput {
  /** What errors name. */
  readonly file: string;
  readonly rows: readonly FilteredRow[];
}

/** The kept rows, or those of a stranger's file. @throws DataError where there are none or they are of another shape. */
export async function readKeptRows(project: Project, inputOverride: string | undefined): Promise<PackageInput> {
  if (inputOverride !== undefined) {
    const file = shortenPath(project.dir, inputOverride);
    return { file, rows: await readForeignRows(inputOverride, { projectPath: file }) };
  }
  const file = project.filters.output;
  const rows = await readParquet(project.path(file), filteredSchema, { projectPath: file });
  if (rows.length > 0) return { file, rows };
  throw new DataError("there are no rows in it", { file, code: "empty_file", hint: "Run `nexa filter` again." });
}
