import { type FileHandle, open } from "node:fs/promises";
import { readThrift, type ThriftList, type ThriftStruct, writeThrift } from "./thrift-compact.ts";

/** Joins Parquet files with equal columns, row group by row group, without reading what is in them. */
export interface ParquetJoiner extends AsyncDisposable {
  /** Adds the rows of a file behind those that are there. */
  append(part: string): Promise<void>;
  /** Writes the footer: without it the file is no Parquet. */
  end(): Promise<void>;
}

const magic = Buffer.from("PAR1");
/** The footer's length and the magic bytes again. */
const tailBytes = 8;
const copyBytes = 1024 * 1024;

/** Fields of Parquet's FileMetaData, RowGroup, ColumnChunk and ColumnMetaData. @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
const file = { schema: 2, rows: 3, rowGroups: 4 };
const rowGroup = { columns: 1, offset: 5, ordinal: 7 };
const columnChunk = { offset: 2, metaData: 3, offsetIndex: 4, columnIndex: 6 };
const columnMetaData = { dataPage: 9, indexPage: 10, dictionaryPage: 11, bloomFilter: 14 };

export async function openParquetJoiner(path: string): Promise<ParquetJoiner> {
  const output = await open(path, "w");
  const groups: ThriftStruct[] = [];
  let [size, rows] = [0, 0n];
  /** Of the first file. */
  let footer: ThriftStruct | null = null;

  const write = async (bytes: Uint8Array): Promise<void> => {
    await output.writeFile(bytes);
    size += bytes.length;
  };
  await write(magic);

  return {
    async append(part) {
      await using input = await open(part, "r");
      const { bytes, start } = await readFooter(input);
      const added = readThrift(bytes);
      footer ??= added;
      assertSameColumns(footer, added);
      const shift = BigInt(size - magic.length);
      for (const group of listAt(added, file.rowGroups).items as ThriftStruct[]) {
        shiftGroup(group, { shift, ordinal: groups.length });
        groups.push(group);
      }
      rows += added.get(file.rows)?.value as bigint;
      await copyBytesOf(input, { from: magic.length, to: start, write });
    },
    async end() {
      if (footer === null) throw new Error("A Parquet file was to be made of no files");
      listAt(footer, file.rowGroups).items.splice(0, Number.POSITIVE_INFINITY, ...groups);
      setInteger(footer, file.rows, rows);
      const bytes = writeThrift(footer);
      const tail = Buffer.alloc(tailBytes, magic, "latin1");
      tail.writeUInt32LE(bytes.length);
      tail.set(magic, 4);
      await write(bytes);
      await write(tail);
    },
    [Symbol.asyncDispose]: () => output.close(),
  };
}

async function readFooter(input: FileHandle): Promise<{ bytes: Buffer; start: number }> {
  const { size } = await input.stat();
  const tail = await readAt(input, { at: size - tailBytes, length: tailBytes });
  const length = tail.readUInt32LE(0);
  const start = size - tailBytes - length;
  return { bytes: await readAt(input, { at: start, length }), start };
}

async function readAt(input: FileHandle, { at, length }: { at: number; length: number }): Promise<Buffer> {
  const { buffer, bytesRead } = await input.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) throw new Error("A part of a Parquet file ends too early");
  return buffer;
}

async function copyBytesOf(
  input: FileHandle,
  { from, to, write }: { from: number; to: number; write: (bytes: Buffer) => Promise<void> },
): Promise<void> {
  for (let at = from; at < to; at += copyBytes)
    await write(await readAt(input, { at, length: Math.min(copyBytes, to - at) }));
}

function listAt(fields: ThriftStruct, id: number): ThriftList {
  return fields.get(id)?.value as ThriftList;
}

function assertSameColumns(first: ThriftStruct, other: ThriftStruct): void {
  const [one, two] = [first, other].map((footer) => {
    const schema = footer.get(file.schema);
    return schema === undefined ? null : writeThrift(new Map([[file.schema, schema]]));
  });
  if (one == null || two == null || !one.equals(two))
    throw new Error("Parts of a Parquet file differ in their columns");
}

/** Moves a row group's places in the file by `shift` bytes. */
function shiftGroup(group: ThriftStruct, { shift, ordinal }: { shift: bigint; ordinal: number }): void {
  shiftFields(group, { shift, ids: [rowGroup.offset] });
  setInteger(group, rowGroup.ordinal, BigInt(ordinal));
  for (const column of listAt(group, rowGroup.columns).items as ThriftStruct[]) {
    shiftFields(column, { shift, ids: [columnChunk.offset, columnChunk.offsetIndex, columnChunk.columnIndex] });
    const metaData = column.get(columnChunk.metaData)?.value as ThriftStruct;
    shiftFields(metaData, { shift, ids: Object.values(columnMetaData) });
  }
}

function shiftFields(fields: ThriftStruct, { shift, ids }: { shift: bigint; ids: readonly number[] }): void {
  for (const id of ids) {
    const value = fields.get(id)?.value as bigint | undefined;
    // No place is at 0, where the magic bytes are: writers put it for none.
    if (value !== undefined && value !== 0n) setInteger(fields, id, value + shift);
  }
}

/** Sets a field where it is there. */
function setInteger(fields: ThriftStruct, id: number, value: bigint): void {
  const field = fields.get(id);
  if (field !== undefined) field.value = value;
}
