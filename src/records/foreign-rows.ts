import { open } from "node:fs/promises";
import { DataError, toSafeLine } from "../core/index.ts";
import { unreadable } from "./byte-blocks.ts";
import { completeForeignRow, foreignRowSchema, parseForeignRow, type RowPlace, shapeHint } from "./foreign-row.ts";
import { type ReadOptions, readJsonl } from "./jsonl-read.ts";
import { iterateParquetObjects } from "./parquet-read.ts";
import type { FilteredRow } from "./rows.ts";

/**
 * Rows of a file that no stage of ours wrote, JSONL or Parquet, completed with defaults: the id is `row-<number>` where there is none, the
 * sample counts an id's occurrences, the group is the prompt's normalised text.
 * @throws DataError naming file, row and key for whatever is not of that shape, and for an id and sample that occur twice.
 */
export async function readForeignRows(path: string, options: ReadOptions = {}): Promise<FilteredRow[]> {
  const file = options.projectPath ?? path;
  const rows: FilteredRow[] = [];
  const samples = new Map<string, number>();
  const places = new Map<string, number>();
  for await (const { value, line } of await openForeign(path, options)) {
    const place = { file, row: line };
    const foreign = parseForeignRow(value, place);
    const id = String(foreign.id ?? `row-${line}`);
    const sample = foreign.sample ?? samples.get(id) ?? 0;
    samples.set(id, Math.max(sample + 1, samples.get(id) ?? 0));
    rejectTwice(`${id}#${sample}`, { places, ...place });
    rows.push(completeForeignRow(foreign, { id, sample, ...place }));
  }
  if (rows.length === 0)
    throw new DataError("the file has no rows of that shape", { file, code: "empty_file", hint: shapeHint });
  return rows;
}

async function openForeign(
  path: string,
  options: ReadOptions,
): Promise<AsyncIterable<{ value: unknown; line: number }>> {
  const isParquet =
    path.toLowerCase().endsWith(".parquet") || (await startsWith(path, "PAR1", options.projectPath ?? path));
  if (!isParquet) return readJsonl(path, options);
  return iterateParquetObjects(path, {
    projectPath: options.projectPath,
    columns: Object.keys(foreignRowSchema.shape),
  });
}

async function startsWith(path: string, magic: string, file: string): Promise<boolean> {
  const handle = await open(path, "r").catch((error) => {
    throw unreadable(file, error);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return buffer.toString("latin1", 0, bytesRead) === magic;
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    await handle.close();
  }
}

function rejectTwice(key: string, { places, file, row }: RowPlace & { places: Map<string, number> }): void {
  const earlier = places.get(key);
  places.set(key, row);
  if (earlier === undefined) return;
  throw new DataError(`the id and sample \`${toSafeLine(key)}\` are those of row ${earlier} already`, {
    file,
    row,
    code: "duplicate_id",
    hint: "Give each row an id of its own, or leave `sample` out: it is counted then.",
  });
}
