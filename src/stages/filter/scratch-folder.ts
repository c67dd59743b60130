import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { explainWriteError, identifyProcess, isProcessAlive, type ProcessIdentity } from "../../core/index.ts";

/** Where a run of the gate puts files that nobody needs after it, relative to the project. */
export const scratchPath = ".nexa/scratch";

/** A folder of this process's own, on the project's disk: gone once it is disposed of. */
export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a scratch folder in the project, after removing those of runs that were killed. A run on another host keeps its own.
 * @throws JobError where the project cannot be written.
 */
export async function openScratchFolder(projectDir: string): Promise<ScratchFolder> {
  const parent = join(projectDir, scratchPath);
  await removeLeftovers(parent);
  const path = join(parent, formatName(identifyProcess()));
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw explainWriteError(path, error);
  });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function removeLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const owner = parseName(name);
    // Removing is tidiness: what cannot be removed does not stop a run.
    if (owner !== null && isProcessAlive(owner) === false)
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The owner is in the name, so that there is no moment in which the folder has none. */
function formatName({ host, pid, startTicks }: ProcessIdentity): string {
  return [pid, startTicks ?? "", encodeURIComponent(host), randomBytes(4).toString("hex")].join("~");
}

function parseName(name: string): ProcessIdentity | null {
  const [, pid, ticks, host] = /^(\d+)~(\d*)~([^~]+)~[0-9a-f]+$/.exec(name) ?? [];
  if (pid === undefined || host === undefined) return null;
  return { pid: Number(pid), host: decodeURIComponent(host), startTicks: ticks === "" ? null : Number(ticks) };
}
