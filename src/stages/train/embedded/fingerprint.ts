import { createHash } from "node:crypto";
import type { RenderedRow, TinySchedule } from "../../../student/index.ts";

/** Hash over everything that decides a run's weights and figures: only a checkpoint with the same one can be gone on from. */
export function fingerprintRun(run: {
  readonly rows: readonly RenderedRow[];
  readonly validation: readonly RenderedRow[];
  readonly schedule: TinySchedule;
  readonly seed: number;
  /** Tokens in a padded row. */
  readonly length: number;
}): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([Object.entries(run.schedule).sort(), run.seed, run.length, run.rows.length]));
  for (const { ids, lossMask } of [...run.rows, ...run.validation])
    hash.update(JSON.stringify([ids, lossMask.map(Number)]));
  return hash.digest("hex");
}
