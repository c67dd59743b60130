import type { Project } from "../../../config/index.ts";
import { DataError, errorMessage, toSafeLine } from "../../../core/index.ts";
import { normalizeConversation, type Table, type TableRow } from "../../../records/index.ts";
import { badLine, type LinePlace, type PromptKey, parsePromptLine, promptKeys } from "../prompt-line.ts";
import { describeColumns, missingPrompt, suggestColumn } from "./column-words.ts";
import type { InputFile } from "./find-files.ts";
import type { NumberedPrompt } from "./numbered-prompt.ts";
import { type PromptTemplate, parsePromptTemplate } from "./prompt-template.ts";

/** A row's prompt, and whether the row names its id itself. */
export interface ReadRow extends NumberedPrompt {
  readonly hasOwnId: boolean;
}

/** Where rows are from. */
export interface RowSource {
  readonly file: InputFile;
  readonly table: Table;
}

/** Makes prompts of rows, by the configuration's columns and template. */
export interface RowReader {
  /** Those of a file's columns that are read; undefined where the file does not tell its columns. */
  usedColumns(available: readonly string[] | null): readonly string[] | undefined;
  /** What is wrong with a file whose columns are known before its rows; null for nothing. */
  checkColumns(available: readonly string[], file: string): DataError | null;
  /** The prompt of a row, or what is wrong with it: `no_prompt` or `no_column` where it lacks a column. */
  tryRead(row: TableRow, source: RowSource): ReadRow | DataError;
  /** Columns that are not used, in the rows read so far. */
  readonly unused: ReadonlySet<string>;
  /** Columns that the configuration names and no row had. */
  missing(): readonly { readonly key: string; readonly column: string }[];
}

/** @throws ConfigError (exit 2) for a template that is no Jinja. */
export function createRowReader({ columns, prompt_template }: Project["distill"], configFile: string): RowReader {
  const template = prompt_template === null ? null : parsePromptTemplate(prompt_template, configFile);
  const names = activeNames(columns, template);
  const nameOf = (key: string): string => names.get(key as PromptKey) ?? key;
  const used = new Set([...names.values(), ...(template?.variables ?? [])]);
  const unused = new Set<string>();
  const unseen = new Map<string, string>();
  for (const [key, column] of names) if (columns[key] !== null) unseen.set(column, `columns.${key}`);
  for (const name of template?.optional ?? []) unseen.set(name, "prompt_template");

  const noteNames = (record: object): void => {
    for (const name of Object.keys(record)) {
      if (!used.has(name)) unused.add(name);
      else if (unseen.size > 0) unseen.delete(name);
    }
  };

  const read = ({ value, line: number }: TableRow, { file, table }: RowSource): ReadRow => {
    const place = { file: file.name, line: number, nameOf };
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw badLine("expected an object with a prompt", place);
    const record = value as Readonly<Record<string, unknown>>;
    noteNames(record);
    const line = pickValues(record, { names, table });
    if (template !== null) line.prompt = renderPrompt(template, record, place);
    if (line.prompt === undefined && line.messages === undefined) throw missingPrompt(Object.keys(record), place);
    return { ...parsePromptLine(line, place), file: file.name, line: number, hasOwnId: line.id != null };
  };

  return {
    unused,
    usedColumns: (available) => available?.filter((name) => used.has(name)),
    missing: () => [...unseen].map(([column, key]) => ({ key, column })),
    checkColumns(available, file) {
      for (const name of available) if (!used.has(name)) unused.add(name);
      const wanted = [...names]
        .filter(([key]) => columns[key] !== null)
        .map(([key, column]) => [`columns.${key}`, column]);
      for (const name of template?.variables ?? []) wanted.push(["prompt_template", name]);
      const [fault] = wanted.filter(([, column = ""]) => !available.includes(column));
      if (fault !== undefined) return noColumn(fault, { available, file });
      if (template !== null || ["prompt", "messages"].some((key) => available.includes(nameOf(key)))) return null;
      return missingPrompt(available, { file, nameOf });
    },
    tryRead(row, source) {
      try {
        return read(row, source);
      } catch (error) {
        if (error instanceof DataError) return error;
        throw error;
      }
    },
  };
}

/** The columns to read, by key: a key that the configuration maps takes the place of the other way to give a prompt. */
function activeNames(columns: Project["distill"]["columns"], template: PromptTemplate | null): Map<PromptKey, string> {
  const isOff = (key: PromptKey): boolean => {
    if (key === "prompt") return template !== null || (columns.messages !== null && columns.prompt === null);
    return key === "messages" && (template !== null || (columns.prompt !== null && columns.messages === null));
  };
  return new Map(promptKeys.filter((key) => !isOff(key)).map((key) => [key, columns[key] ?? key]));
}

function pickValues(
  record: Readonly<Record<string, unknown>>,
  { names, table }: { names: ReadonlyMap<PromptKey, string>; table: Table },
): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const [key, name] of names) {
    const value = Object.hasOwn(record, name) ? record[name] : undefined;
    if (value === undefined) continue;
    if (key === "messages") line[key] = normalizeConversation(value);
    else line[key] = key === "expects_json" && table.isText ? readBoolean(value) : value;
  }
  if (table.columns === null) return line;
  // A table has a value for each column: null leaves one out, as long as the other one gives the prompt.
  if (line.messages === null && line.prompt !== undefined) delete line.messages;
  if (line.prompt === null && line.messages !== undefined) delete line.prompt;
  return line;
}

function readBoolean(value: unknown): unknown {
  const text = String(value).toLowerCase();
  if (["true", "1"].includes(text)) return true;
  return ["false", "0"].includes(text) ? false : value;
}

function renderPrompt(template: PromptTemplate, record: Readonly<Record<string, unknown>>, place: LinePlace): string {
  for (const name of template.variables) {
    if (record[name] != null || template.optional.has(name)) continue;
    if (Object.hasOwn(record, name))
      throw badLine(`\`${name}\`, which prompt_template uses, is null`, { ...place, hint: nullHint(name) });
    throw noColumn(["prompt_template", name], { available: Object.keys(record), ...place });
  }
  let prompt: string;
  try {
    prompt = template.render(record);
  } catch (error) {
    throw badLine(`prompt_template cannot be filled: ${toSafeLine(errorMessage(error))}`, place);
  }
  if (prompt.trim() === "") throw badLine("prompt_template makes an empty prompt of it", place);
  return prompt;
}

function nullHint(name: string): string {
  return `Leave such rows out, or say in the template what to do: {% if ${name} %}...{% endif %}, or {{ ${name} | default('') }}.`;
}

/** A column that the configuration names and that is not there. */
function noColumn(
  [key = "", column = ""]: readonly string[],
  { available, file, line }: { available: readonly string[]; file: string; line?: number },
): DataError {
  const verb = key === "prompt_template" ? "names" : "is";
  return new DataError(`${key} ${verb} \`${column}\`, which is no column here: ${describeColumns(available)}`, {
    file,
    row: line,
    code: "no_column",
    hint: suggestColumn(column, available),
  });
}
