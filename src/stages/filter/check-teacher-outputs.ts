import { DataError } from "../../core/index.ts";
import { countParquetRows, teacherOutputSchema } from "../../records/index.ts";

/**
 * The number of answers in a file of teacher outputs, by its footer and columns alone: cheap, however long it is.
 * @throws DataError naming the file where it is missing, no whole Parquet, lacks columns or has no rows.
 */
export async function checkTeacherOutputs(
  path: string,
  { projectPath }: { readonly projectPath: string },
): Promise<{ readonly rows: number }> {
  const rows = await countParquetRows(path, teacherOutputSchema, { projectPath });
  if (rows > 0) return { rows };
  throw new DataError("there are no answers in it", {
    file: projectPath,
    code: "empty_file",
    hint: "Run `nexa generate` again.",
  });
}
