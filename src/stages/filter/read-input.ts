import { readFile } from "node:fs/promises";
import { type Project, shortenPath } from "../../config/index.ts";
import { ConfigError, DataError, systemErrorCode } from "../../core/index.ts";
import { readForeignRows, readParquet, type TeacherOutputRow, teacherOutputSchema } from "../../records/index.ts";

/** The rows to filter: the teacher's, or those of a stranger's file. @throws DataError where there are none or they are of another shape. */
export async function readAnswers(
  project: Project,
  inputOverride: string | undefined,
): Promise<readonly TeacherOutputRow[]> {
  if (inputOverride !== undefined) {
    return readForeignRows(inputOverride, { projectPath: shortenPath(project.dir, inputOverride) });
  }
  const projectPath = project.distill.output;
  const rows = await readParquet(project.path(projectPath), teacherOutputSchema, { projectPath });
  if (rows.length > 0) return rows;
  throw new DataError("there are no answers in it", {
    file: projectPath,
    code: "empty_file",
    hint: "Run `nexa generate` again.",
  });
}

/** The judge's rubric. @throws ConfigError naming the file and the key where it is missing, empty or not UTF-8. */
export async function readRubric(project: Project): Promise<string> {
  const file = project.filters.judge.rubric_path;
  const fail = (message: string, cause?: unknown): ConfigError =>
    new ConfigError(message, {
      file,
      cause,
      hint: "judge.rubric_path in filters.yaml names the judge's system message, a Markdown file.",
    });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(project.path(file)));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT") throw fail("the judge's rubric is missing", error);
    throw fail(
      `the judge's rubric cannot be read (${code === undefined || code.startsWith("ERR_ENCODING") ? "not UTF-8" : code})`,
      error,
    );
  }
  if (text.trim() === "") throw fail("the judge's rubric is empty");
  return text;
}
