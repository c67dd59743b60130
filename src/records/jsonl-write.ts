import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { replaceFileAtomic } from "../core/index.ts";

const blockCharacters = 256 * 1024;

/**
 * Writes one JSON text a line, atomically; text comes back code unit by code unit. The one exception: half a surrogate pair, which no
 * UTF-8 file can hold, becomes U+FFFD, as it does in Parquet.
 */
export async function writeJsonl(path: string, rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  await replaceFileAtomic(path, async (temporaryPath) => {
    await pipeline(Readable.from(formatBlocks(rows)), createWriteStream(temporaryPath));
  });
}

async function* formatBlocks(rows: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  let block = "";
  for await (const row of rows) {
    block += `${formatJsonLine(row)}\n`;
    if (block.length < blockCharacters) continue;
    yield block;
    block = "";
  }
  if (block !== "") yield block;
}

/** JSON text of a row, on one line and without its newline. */
function formatJsonLine(row: unknown): string {
  const text = JSON.stringify(row);
  // JSON.stringify escapes half pairs, and nothing else, as \ud8.. to \udf..
  return /\\ud[89a-f]/.test(text) ? JSON.stringify(row, replaceHalfPairs) : text;
}

function replaceHalfPairs(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed() : value;
}
