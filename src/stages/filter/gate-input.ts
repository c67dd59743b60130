import { join, resolve } from "node:path";
import { type Project, shortenPath } from "../../config/index.ts";
import { formatCount, toSafeLine } from "../../core/index.ts";
import type { StageContext } from "../stage.ts";
import { checkTeacherOutputs } from "./check-teacher-outputs.ts";
import { type BadRow, convertForeignInput } from "./foreign-input.ts";
import { openScratchFolder } from "./scratch-folder.ts";

/** The rows to filter, as a Parquet file of teacher outputs. */
export interface GateInput extends AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  /** The name that errors use: the user's own file, also where `path` is a copy of it in another form. */
  readonly file: string;
  readonly rows: number;
  /** Rows that could not be read and were skipped. */
  readonly badRows: number;
}

/** @throws DataError naming the file that is missing, empty, damaged or of another shape. */
export async function openGateInput(
  project: Project,
  { inputOverride, reporter, signal }: Pick<StageContext, "inputOverride" | "reporter" | "signal">,
): Promise<GateInput> {
  if (inputOverride === undefined) return openSealedInput(project);
  const from = resolve(inputOverride);
  const file = shortenPath(project.dir, from);
  const scratch = await openScratchFolder(project.dir);
  try {
    const path = join(scratch.path, "teacher_outputs.parquet");
    const { rows, badRows, firstBad } = await convertForeignInput(from, {
      projectPath: file,
      to: path,
      onBadRow: project.filters.on_bad_row,
      signal,
      onProgress: ({ rows: good, badRows: bad }) =>
        reporter.progress({ done: good + bad, total: null, detail: "reading" }),
    });
    if (badRows > 0) reporter.warn(`${formatCount(badRows)} bad rows are skipped; the first: ${describeBad(firstBad)}`);
    return { path, file, rows, badRows, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

/** The teacher's answers. @throws DataError naming the file that is missing, empty, damaged or of another shape. */
export async function openSealedInput(project: Project): Promise<GateInput> {
  const file = project.distill.output;
  const path = project.path(file);
  const { rows } = await checkTeacherOutputs(path, { projectPath: file });
  return { path, file, rows, badRows: 0, [Symbol.asyncDispose]: async () => undefined };
}

function describeBad(bad: readonly BadRow[]): string {
  return bad.map(({ row, message }) => `row ${row}: ${toSafeLine(message, 160)}`).join("; ");
}
