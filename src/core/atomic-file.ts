import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { JobError, systemErrorCode } from "./errors.ts";

/**
 * Writes a file so that readers see the old content or the new, never a part: temporary file beside it, fsync, rename, fsync of the folder.
 * @throws JobError naming the file when the disk is full or the folder is not writable; the old content stays.
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await replaceFileAtomic(path, async (temporaryPath) => {
    const file = await open(temporaryPath, "w");
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
  });
}

/** Like writeFileAtomic, for writers that need a path: `write` fills the temporary file, which then takes the place of `path`. */
export async function replaceFileAtomic(path: string, write: (temporaryPath: string) => Promise<void>): Promise<void> {
  const temporaryPath = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await write(temporaryPath);
    await syncPath(temporaryPath);
    await rename(temporaryPath, path);
    await syncPath(dirname(path));
  } catch (error) {
    await rm(temporaryPath, { force: true }).catch(() => undefined);
    throw explainWriteError(path, error);
  }
}

/** Turns a system error of a write into one that names the file and the remedy; anything else is returned as it is. */
export function explainWriteError(path: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  const isDiskFull = code === "ENOSPC" || code === "EDQUOT" || /no space left/i.test(String(error));
  if (isDiskFull) {
    return new JobError(`No space left on the disk while writing ${path}`, {
      code: "disk_full",
      hint: "Free some space and start the same command again: what was finished is kept.",
      cause: error,
    });
  }
  // A read-only file system answers the making of a folder in it so.
  const isFolderRefused = code === "ENOENT" && (error as NodeJS.ErrnoException).syscall === "mkdir";
  if (isFolderRefused || code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR") {
    return new JobError(`Cannot write ${path}: ${code}`, {
      code: "not_writable",
      hint: "Check the owner and permissions of the project folder.",
      cause: error,
    });
  }
  return error;
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
