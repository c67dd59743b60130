import { readFile } from "node:fs/promises";
import type { Project } from "../../config/index.ts";
import { DataError, systemErrorCode, toSafeLine } from "../../core/index.ts";
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
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError("the report is not JSON", { file, code: "report", hint, cause: error });
  }
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DataError(
    `the report's field \`${toSafeLine(issue?.path.join(".") ?? "")}\` is wrong: ${issue?.message ?? "unexpected shape"}`,
    {
      file,
      code: "report",
      hint,
      cause: parsed.error,
    },
  );
}
