import { DataError, toSafeLine } from "../../../core/index.ts";
import { normalizeConversation } from "../../../records/conversation.ts";
import { openTable } from "../../../records/index.ts";
import { type DatasetFile, findDatasetFiles } from "../duplicates/dataset-files.ts";
import type { HeldOutText } from "./held-out-text.ts";

const textColumns = ["prompt", "question", "problem", "input", "text"] as const;
const shapeHint =
  "A benchmark file has its texts in a column `prompt`, `question`, `problem`, `input` or `text`, or in `messages` (a list of " +
  "{role, content}), and may have an `id`.";

/**
 * The texts of benchmark files, in order: of each row the first column of `prompt`, `question`, `problem`, `input` and `text` that holds
 * text, else all user turns of `messages`.
 * @throws DataError for a file that is missing, that has none of these columns, or whose rows all have no text in them.
 */
export async function* readBenchmarkTexts(files: readonly string[], dir: string): AsyncGenerator<HeldOutText> {
  for (const file of findDatasetFiles(files, { dir, key: "decontamination.files" })) yield* readFile(file);
}

async function* readFile({ path, name: file }: DatasetFile): AsyncGenerator<HeldOutText> {
  const table = await openTable(path, { projectPath: file });
  const isWanted = (column: string): boolean => [...textColumns, "messages", "id"].includes(column);
  if (table.columns !== null && !table.columns.some((column) => column !== "id" && isWanted(column)))
    throw withoutText(file, table.columns);
  let texts = 0;
  let firstKeys: readonly string[] = [];
  for await (const row of table.rows(table.columns?.filter(isWanted))) {
    if (row instanceof DataError) throw row;
    const { value, line } = row;
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new DataError("the row is no object", { file, row: line, code: "wrong_row", hint: shapeHint });
    if (firstKeys.length === 0) firstKeys = Object.keys(value);
    const text = readText(value as Record<string, unknown>);
    if (text === null) continue;
    texts++;
    yield { text, source: file, id: readId(value as Record<string, unknown>, line), concernsEveryRow: true };
  }
  if (texts === 0) throw withoutText(file, table.columns ?? firstKeys);
}

function readText(row: Record<string, unknown>): string | null {
  for (const column of textColumns) {
    const value = Object.hasOwn(row, column) ? row[column] : null;
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  const messages = Object.hasOwn(row, "messages") ? normalizeConversation(row.messages) : null;
  if (!Array.isArray(messages)) return null;
  const turns = messages.filter((turn) => turn?.role === "user" && typeof turn.content === "string");
  const text = turns.map(({ content }) => content).join("\n\n");
  return text.trim() === "" ? null : text;
}

function readId({ id }: Record<string, unknown>, line: number): string {
  return (typeof id === "string" && id !== "") || typeof id === "number" ? String(id) : `row-${line}`;
}

function withoutText(file: string, names: readonly string[]): DataError {
  const there = names.slice(0, 12).map((name) => `\`${toSafeLine(name, 40)}\``);
  const more = names.length > 12 ? ` and ${names.length - 12} more` : "";
  return new DataError(
    `no row of it has a text to compare with; its columns are ${there.join(", ") || "none"}${more}`,
    {
      file,
      code: "missing_columns",
      hint: shapeHint,
    },
  );
}
