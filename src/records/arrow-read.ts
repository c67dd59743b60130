import { type FileHandle, open } from "node:fs/promises";
import type { RecordBatchReader } from "apache-arrow";
import { DataError, errorMessage, toSafeLine } from "../core/index.ts";
import { unreadable } from "./byte-blocks.ts";
import { emptyFile, type ReadOptions } from "./jsonl-read.ts";
import type { TableRow } from "./table-row.ts";
import { toPlainNumber } from "./values.ts";

/** Names of an Arrow file's columns. @throws DataError for a file that is missing or no Arrow. */
export async function readArrowColumns(path: string, options: ReadOptions = {}): Promise<string[]> {
  const { projectPath: file = path } = options;
  return await withReader(path, file, async (reader) => reader.schema.fields.map(({ name }) => name));
}

/**
 * The rows of an Arrow file or stream, one record batch in memory at a time, as plain values of the named columns.
 * @throws DataError for a file that is missing, empty, cut, or no Arrow.
 */
export async function* iterateArrow(
  path: string,
  options: ReadOptions & { readonly columns: readonly string[] },
): AsyncGenerator<TableRow> {
  const { projectPath: file = path, columns } = options;
  const handle = await openFile(path, file);
  let line = 0;
  try {
    const reader = await openReader(handle);
    for await (const batch of reader) {
      const vectors = columns.map((name) => batch.getChild(name));
      for (let row = 0; row < batch.numRows; row++) {
        const members = columns.map((name, index) => [name, toPlain(vectors[index]?.get(row))]);
        yield { value: Object.fromEntries(members), line: ++line };
      }
    }
  } catch (error) {
    throw notArrow(file, error);
  } finally {
    await handle.close().catch(() => undefined);
  }
  if (line === 0) throw emptyFile(file, "Write rows into it.");
}

async function withReader<T>(path: string, file: string, use: (reader: RecordBatchReader) => Promise<T>): Promise<T> {
  const handle = await openFile(path, file);
  try {
    return await use(await openReader(handle));
  } catch (error) {
    throw notArrow(file, error);
  } finally {
    await handle.close().catch(() => undefined);
  }
}

async function openFile(path: string, file: string): Promise<FileHandle> {
  return await open(path, "r").catch((error) => {
    throw unreadable(file, error);
  });
}

async function openReader(handle: FileHandle): Promise<RecordBatchReader> {
  const { RecordBatchReader } = await import("apache-arrow");
  const reader = (await (await RecordBatchReader.from(handle)).open()) as RecordBatchReader;
  // Of bytes that are no Arrow at all, the reader makes a stream without anything.
  if ((reader.schema as unknown) === undefined) throw new Error("it has no schema");
  return reader;
}

function toPlain(value: unknown): unknown {
  if (typeof value === "bigint") return toPlainNumber(value);
  if (typeof value !== "object" || value === null) return value ?? null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toPlain);
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array, toPlain);
  // A list is a Vector, a struct a row, a map likewise: each knows itself as JSON.
  if ("toJSON" in value && typeof value.toJSON === "function") return toPlain(value.toJSON());
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toPlain(member)]));
}

function notArrow(file: string, error: unknown): unknown {
  if (error instanceof DataError) return error;
  return new DataError(`not a whole Arrow file: ${toSafeLine(errorMessage(error), 160)}`, {
    file,
    code: "bad_arrow",
    hint: "It was cut, is packed within (lz4 or zstd), or is another kind of file: write it again, or export Parquet.",
    cause: error,
  });
}
