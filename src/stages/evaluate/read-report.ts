import { readFile } from "node:fs/promises";
import type { Project } from "../../config/index.ts";
import { systemErrorCode } from "../../core/index.ts";
import { parseRecord } from "../../records/index.ts";
import { type Report, reportSchema } from "./report-schema.ts";

/**
 * The project's last report, or null where there is none. It tells of the files that it was made of, which may have changed since.
 * @throws DataError naming the field when it is not a report.
 */
export async function readReport(project: Project): Promise<Report | null> {
  const file = project.path(project.nexa.report);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  });
  return text === null ? null : parseReport(text, file);
}

/** @throws DataError naming the file and the field when the text is not a report. */
export function parseReport(text: string, file: string): Report {
  const hint = "Run `nexa evaluate` to make it again.";
  return parseRecord(text, { schema: reportSchema, what: "report", file, hint });
}
