import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { JobError, systemErrorCode } from "../core/index.ts";
import type { Job, LauncherName } from "./job.ts";
import { jobFileNames } from "./job-folder.ts";

/** What a launcher hands to a wrapper that is another process: by a file, as an argument or a tmux option would show in `ps`. */
export interface JobRequest {
  readonly job: Job;
  readonly launcher: LauncherName;
  readonly session: string;
  readonly tmuxSocket: string | null;
}

/** Writes the request, readable by its owner alone. @returns its path. */
export async function writeRequest(request: JobRequest): Promise<string> {
  const path = join(request.job.jobDir, jobFileNames.request);
  await rm(path, { force: true });
  await writeFile(path, JSON.stringify(request), { mode: 0o600, flag: "wx" });
  await chmod(path, 0o600);
  return path;
}

/** For a job that nobody is to start any more. */
export async function removeRequest(jobDir: string): Promise<void> {
  await rm(join(jobDir, jobFileNames.request), { force: true });
}

/**
 * Reads a request and deletes it, so that the environment in it stays on the disk for a moment only.
 * @throws JobError when there is none: a job file serves once.
 */
export async function takeRequest(path: string): Promise<JobRequest> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const hint = "It serves once: start the job again with `nexa launch`.";
    throw new JobError(`No job file at ${path} (${systemErrorCode(error)})`, {
      code: "no_job_file",
      hint,
      cause: error,
    });
  }
  await rm(path, { force: true });
  return JSON.parse(text) as JobRequest;
}
