import { configDocuments } from "../../../config/index.ts";
import { DataError, toSafeLine } from "../../../core/index.ts";
import { openTable } from "../../../records/index.ts";
import { createFaults, type Faults } from "./faults.ts";
import { assertUnchanged, type FileStamp, stampFile } from "./file-stamp.ts";
import { findPromptFiles, type InputFile, type PromptsProject } from "./find-files.ts";
import type { NumberedPrompt } from "./numbered-prompt.ts";
import { createRowReader, type RowReader } from "./row-reader.ts";
import { createUniqueIds, type UniqueIds } from "./unique-ids.ts";

export interface CheckOptions {
  /** Told once of columns that are not used. */
  readonly onWarning?: (message: string) => void;
  /** Told of each prompt that is used, in order, until the first fault. */
  readonly visit?: (prompt: NumberedPrompt, index: number) => void | Promise<void>;
}

/** What is known of the prompts once all were read. */
export interface CheckedPrompts {
  readonly files: readonly InputFile[];
  /** Of each file, at the time of the check. */
  readonly stamps: readonly FileStamp[];
  /** How many are used. */
  readonly count: number;
  /** Ids that differ from the ones made from the row alone, by the prompt's index. */
  readonly renamed: ReadonlyMap<number, string>;
}

/** Reads every row of every file once. @throws DataError (exit 4) with all faults together. */
export async function checkPrompts(project: PromptsProject, options: CheckOptions = {}): Promise<CheckedPrompts> {
  const { onWarning, visit } = options;
  const files = findPromptFiles(project);
  const faults = createFaults();
  const reader = createRowReader(project.distill, configDocuments.distill.path);
  const ids = createUniqueIds(files.map(({ name }) => name));
  const stamps: FileStamp[] = [];
  const renamed = new Map<number, string>();
  const most = project.distill.max_samples ?? Number.POSITIVE_INFINITY;
  let count = 0;
  for (const [index, file] of files.entries()) {
    stamps.push(await stampFile(file));
    for await (const { prompt, isRenamed } of checkFile(file, { index, stamp: stamps[index], faults, reader, ids })) {
      if (count >= most) continue;
      if (isRenamed) renamed.set(count, prompt.id);
      const visited = faults.count === 0 ? visit?.(prompt, count) : undefined;
      if (visited !== undefined) await visited;
      count++;
    }
  }
  if (faults.count === 0) for (const fault of missingColumns(reader, files)) faults.add(fault);
  faults.throwAny();
  if (reader.unused.size > 0) onWarning?.(describeUnused(reader, files));
  return { files, stamps, count, renamed };
}

interface FileCheck {
  /** Of the file. */
  readonly index: number;
  readonly stamp: FileStamp | undefined;
  readonly faults: Faults;
  readonly reader: RowReader;
  readonly ids: UniqueIds;
}

interface CheckedRow {
  readonly prompt: NumberedPrompt;
  readonly isRenamed: boolean;
}

/** The prompts of one file; its faults are noted, and what comes after them is read all the same. */
async function* checkFile(file: InputFile, check: FileCheck): AsyncGenerator<CheckedRow> {
  const { faults, reader } = check;
  try {
    const table = await openTable(file.path, { projectPath: file.name });
    const fault = table.columns === null ? null : reader.checkColumns(table.columns, file.name);
    if (fault !== null) return faults.add(fault);
    let rows = 0;
    for await (const row of table.rows(reader.usedColumns(table.columns))) {
      rows++;
      const checked = row instanceof DataError ? row : checkRow(reader.tryRead(row, { file, table }), check);
      if (!(checked instanceof DataError)) {
        yield checked;
        continue;
      }
      faults.add(checked);
      // Where the first row lacks the column, all do: one fault says it.
      if (rows === 1 && ["no_prompt", "no_column"].includes(checked.code)) return;
    }
    if (rows === 0) faults.add(new DataError("the file has no rows", { file: file.name, code: "empty_file" }));
    await assertUnchanged(file, check.stamp);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    faults.add(error);
  }
}

function checkRow(
  read: (NumberedPrompt & { hasOwnId: boolean }) | DataError,
  { index, ids }: FileCheck,
): CheckedRow | DataError {
  if (read instanceof DataError) return read;
  const { hasOwnId, ...prompt } = read;
  const id = ids.take({ id: prompt.id, isOwn: hasOwnId, file: index, line: prompt.line });
  if (id instanceof DataError) return id;
  return id === prompt.id ? { prompt, isRenamed: false } : { prompt: { ...prompt, id }, isRenamed: true };
}

function missingColumns(reader: RowReader, files: readonly InputFile[]): DataError[] {
  return reader.missing().map(
    ({ key, column }) =>
      new DataError(`no row has the column \`${toSafeLine(column, 60)}\`, which ${key} names`, {
        file: files[0]?.name ?? "",
        code: "no_column",
        hint: "Check the name; leave the key out where there is no such column.",
      }),
  );
}

function describeUnused({ unused }: RowReader, files: readonly InputFile[]): string {
  const what = files.length === 1 ? `${files[0]?.name} has` : "the prompts' files have";
  return `${what} keys that are not used: ${[...unused].map((name) => toSafeLine(name, 40)).join(", ")}`;
}
