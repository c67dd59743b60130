import { CancelledError, DataError } from "../../../core/index.ts";
import { completeForeignRow, parseForeignRow } from "../../../records/foreign-row.ts";
import { openForeign } from "../../../records/foreign-source.ts";
import type { Message } from "../../../records/index.ts";
import { type DatasetFile, findDatasetFiles } from "./dataset-files.ts";
import { createFingerprinter, type FingerprintBlock, type RowTexts } from "./fingerprinter.ts";
import type { DuplicatesConfig } from "./record-layout.ts";

/** How a rejection names the row of an earlier dataset that another one repeats. */
export interface EarlierRow {
  readonly file: string;
  /** `row-<number>` where the file gives none. */
  readonly id: string;
}

/** The rows of earlier datasets, which are not to come again. */
export interface EarlierRows {
  readonly rows: number;
  /** Their fingerprints, in order; taken out by whoever keeps them. */
  readonly blocks: FingerprintBlock[];
  nameOf(row: number): EarlierRow;
}

export interface ReadEarlierOptions {
  readonly config: DuplicatesConfig;
  readonly dir: string;
  readonly signal?: AbortSignal;
}

const blockRows = 4096;

/** Reads the files of `duplicates.against`, a row at a time. @throws DataError naming file and row for what cannot be read. */
export async function readEarlierRows({ config, dir, signal }: ReadEarlierOptions): Promise<EarlierRows> {
  const fingerprinter = createFingerprinter(config);
  const blocks: FingerprintBlock[] = [];
  const parts: { file: string; firstRow: number; ids: string[] }[] = [];
  let rows = 0;
  for (const file of findDatasetFiles(config.against, { dir, key: "duplicates.against" })) {
    const ids: string[] = [];
    parts.push({ file: file.name, firstRow: rows, ids });
    for await (const { id, ...texts } of readTexts(file)) {
      if (signal?.aborted) throw new CancelledError();
      fingerprinter.add(texts);
      ids.push(id);
      if (++rows % blockRows === 0) blocks.push(fingerprinter.take());
    }
  }
  if (rows % blockRows !== 0) blocks.push(fingerprinter.take());
  return {
    rows,
    blocks,
    nameOf(row) {
      const part = parts.findLast(({ firstRow, ids }) => row >= firstRow && row < firstRow + ids.length);
      const id = part?.ids[row - part.firstRow];
      if (part === undefined || id === undefined) throw new RangeError(`There is no earlier row ${row}`);
      return { file: part.file, id };
    },
  };
}

async function* readTexts({ path, name: file }: DatasetFile): AsyncGenerator<RowTexts & { readonly id: string }> {
  for await (const row of await openForeign(path, file)) {
    if (row instanceof DataError) throw row;
    const place = { file, row: row.line };
    const foreign = parseForeignRow(row.value, place);
    const id = String(foreign.id ?? `row-${row.line}`);
    const keys = () => Object.keys(row.value as object);
    const { messages, teacher_output: answer } = completeForeignRow(foreign, { ...place, id, sample: 0, keys });
    yield { id, request: requestOf(messages), answer: answer?.trim() ? answer : "" };
  }
}

/** As `GateRow.request` has it. */
function requestOf(messages: readonly Message[]): string {
  if (messages.length === 1) return messages[0]?.content ?? "";
  return messages.map(({ role, content }) => `${role}: ${content}`).join("\n\n");
}
