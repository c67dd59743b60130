import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline, type Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { DataError, errorMessage, systemErrorCode, toSafeLine } from "../core/index.ts";

/** Few enough that a block is done with, and its memory free, before the garbage collector takes it for one that stays. */
const readBytes = 128 * 1024;

const unpackers: Readonly<Record<string, () => Transform>> = {
  ".gz": () => createGunzip(),
  ".zst": () => createZstdDecompress(),
};

/** The ending that says how a file is packed, `.gz` or `.zst`; empty for none. */
export function packingOf(path: string): string {
  return Object.keys(unpackers).find((ending) => path.toLowerCase().endsWith(ending)) ?? "";
}

/**
 * The bytes of a file in blocks, unpacked where its name ends in `.gz` or `.zst`. `file` is the name that errors use.
 * @throws DataError for a file that is missing, not readable, or not packed as its name says.
 */
export async function* readBlocks(path: string, file: string): AsyncGenerator<Buffer> {
  await assertFile(path, file);
  const unpack = unpackers[packingOf(path)];
  yield* unpack === undefined ? readPlain(path, file) : readPacked(path, { file, unpacker: unpack() });
}

/** @throws DataError for a path that is missing or no file. */
export async function assertFile(path: string, file: string): Promise<void> {
  const found = await stat(path).catch((error) => {
    throw unreadable(file, error);
  });
  if (found.isFile()) return;
  throw new DataError("it is not a file", { file, code: "unreadable_file", hint: "Name a file with rows." });
}

async function* readPlain(path: string, file: string): AsyncGenerator<Buffer> {
  const handle = await open(path, "r").catch((error) => {
    throw unreadable(file, error);
  });
  const readNext = () => handle.read(Buffer.allocUnsafe(readBytes), 0, readBytes, null);
  let next = readNext();
  try {
    for (;;) {
      const { bytesRead, buffer } = await next;
      if (bytesRead === 0) return;
      // The next block comes while this one is worked on.
      next = readNext();
      next.catch(() => undefined);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* readPacked(path: string, { file, unpacker }: { file: string; unpacker: Transform }) {
  // Its errors, and those of the file, come out of the unpacker below.
  pipeline(createReadStream(path), unpacker, () => undefined);
  try {
    for await (const block of unpacker) yield block as Buffer;
  } catch (error) {
    const isOurs = !/^(Z_|ZSTD_|ERR_)/.test(systemErrorCode(error) ?? "");
    if (isOurs) throw unreadable(file, error);
    throw new DataError(`it is cut, damaged, or not packed as its name says: ${toSafeLine(errorMessage(error), 80)}`, {
      file,
      code: "bad_packing",
      hint: "Make or download it again, or unpack it first.",
      cause: error,
    });
  } finally {
    unpacker.destroy();
  }
}

/** The error for a file that cannot be opened. */
export function unreadable(file: string, error: unknown): DataError {
  const isMissing = systemErrorCode(error) === "ENOENT";
  return new DataError(
    isMissing ? "the file is missing" : `the file cannot be read (${systemErrorCode(error) ?? errorMessage(error)})`,
    {
      file,
      code: isMissing ? "missing_file" : "unreadable_file",
      hint: isMissing
        ? "Check the path; a file that a stage writes is there once that stage is done."
        : "Check the file's owner and permissions.",
      cause: error,
    },
  );
}
