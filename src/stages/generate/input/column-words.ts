import { closest } from "fastest-levenshtein";
import { DataError, toSafeLine } from "../../../core/index.ts";

const mostNamed = 12;

/** The names of a file's columns, safe for a terminal. */
export function describeColumns(available: readonly string[]): string {
  if (available.length === 0) return "it has no columns";
  const named = available.slice(0, mostNamed).map((name) => toSafeLine(name, 40));
  const more = available.length > mostNamed ? ` and ${available.length - mostNamed} more` : "";
  return `it has ${named.join(", ")}${more}`;
}

export function suggestColumn(column: string, available: readonly string[]): string {
  if (available.length === 0) return "Check the file.";
  return `Did you mean \`${toSafeLine(closest(column, [...available]), 40)}\`?`;
}

/** Names under which data sets often have what we call otherwise; they are proposed, and never taken without being told to. */
const usualPrompts = ["question", "instruction", "query", "problem", "input", "text", "user", "content"];
const usualMessages = ["conversations", "conversation", "dialogue", "dialog", "chat"];

/** The error for a file or row without a column for the prompt. */
export function missingPrompt(
  available: readonly string[],
  { file, line, nameOf }: { file: string; line?: number; nameOf: (key: string) => string },
): DataError {
  return new DataError(`it has neither \`${nameOf("prompt")}\` nor \`${nameOf("messages")}\``, {
    file,
    row: line,
    code: "no_prompt",
    hint: proposeColumn(available),
  });
}

function proposeColumn(available: readonly string[]): string {
  const lower = new Map(available.map((name) => [name.toLowerCase(), name]));
  const find = (usual: readonly string[]) => usual.map((name) => lower.get(name)).find((name) => name !== undefined);
  const [messages, prompt] = [find(usualMessages), find(usualPrompts)];
  const columns = `The file has the columns ${available
    .slice(0, mostNamed)
    .map((name) => toSafeLine(name, 40))
    .join(", ")}`;
  if (available.length === 0)
    return 'A line is {"prompt": "..."} or {"messages": [{"role": "user", "content": "..."}]}.';
  const [only = ""] = available;
  if (available.length === 1 && only.includes(";"))
    return `The header is one column, ${toSafeLine(only, 80)}: its delimiter seems to be \`;\`. Save the file with commas, or with tabs as .tsv.`;
  if (messages !== undefined) return `${columns}: set columns.messages=${toSafeLine(messages, 40)}.`;
  if (prompt !== undefined)
    return `${columns}: set columns.prompt=${toSafeLine(prompt, 40)}, or a prompt_template over several.`;
  return `${columns}: set columns.prompt to the one with the user's message, or columns.messages to the one with conversations.`;
}
