import { join } from "node:path";
import type { ProcessIdentity } from "../core/index.ts";
import { jobFileNames, readRecord } from "../launchers/index.ts";
import type { StageName } from "../stages/stage.ts";

/** job.json: what a stage's process says of itself. */
export interface JobRecord extends ProcessIdentity {
  readonly stage: StageName;
  readonly session: string;
  /** The launch that started it; null for a stage started by hand. */
  readonly launchId: string | null;
  readonly startedAt: string;
  readonly state: "waiting" | "running";
  readonly error: string | null;
  /** What to do about the error. */
  readonly hint?: string | null;
}

/** Where a stage's job files lie. */
export function jobFolder(projectDir: string, stage: StageName): string {
  return join(projectDir, ".nexa/jobs", stage);
}

/** What the stage's process said of itself, or null where there was none. */
export function readJobRecord(folder: string): Promise<JobRecord | null> {
  return readRecord<JobRecord>(join(folder, jobFileNames.job), { pid: "number", host: "string", startedAt: "string" });
}
