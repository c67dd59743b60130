import { stat } from "node:fs/promises";
import { sha256File } from "../core/index.ts";

export interface FileFingerprint {
  readonly sha256: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

const known = new Map<string, FileFingerprint & { readonly inode: number }>();

/** A file's sha256, size and time of change, or null when there is no such file. Hashed once a process while it stays untouched. */
export async function fingerprintFile(path: string): Promise<FileFingerprint | null> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile()) return null;
  const cached = known.get(path);
  const isSame = cached?.bytes === found.size && cached.mtimeMs === found.mtimeMs && cached.inode === found.ino;
  if (isSame) return cached;
  const fingerprint = { sha256: await sha256File(path), bytes: found.size, mtimeMs: found.mtimeMs, inode: found.ino };
  known.set(path, fingerprint);
  return fingerprint;
}
