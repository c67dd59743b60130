import { stat } from "node:fs/promises";
import { DataError } from "../../../core/index.ts";
import type { InputFile } from "./find-files.ts";

/** What tells that a file is still the one that was read before. */
export type FileStamp = string;

export async function stampFile({ path }: InputFile): Promise<FileStamp> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  return found === null ? "missing" : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

/** @throws DataError (exit 4) for a file that is another than it was. */
export async function assertUnchanged(file: InputFile, stamp: FileStamp | undefined): Promise<void> {
  if ((await stampFile(file)) !== stamp) throw fileChanged(file);
}

export function fileChanged({ name }: InputFile, cause?: unknown): DataError {
  return new DataError("the file was changed while the stage ran", {
    file: name,
    code: "input_changed",
    hint: "Let it be and start the same command again: answers that were bought are kept.",
    cause,
  });
}
