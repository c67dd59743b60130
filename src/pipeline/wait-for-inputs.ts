import { setTimeout as sleep } from "node:timers/promises";
import { CancelledError, exitCodes, JobError } from "../core/index.ts";
import type { StageName } from "../stages/stage.ts";
import { type JobState, readJobState } from "./job-state.ts";

export interface WaitOptions {
  readonly projectDir: string;
  /** Stages of the same launch whose outputs are read. A launch clears their job folders before it starts what waits for them. */
  readonly upstream: readonly StageName[];
  readonly signal: AbortSignal;
}

const pollMs = 100;

/**
 * Waits until every upstream stage has succeeded.
 * @returns when the last of them ended; now, when there is none.
 * @throws JobError when one of them ended badly or is gone, CancelledError on the signal.
 */
export async function waitForInputs({ projectDir, upstream, signal }: WaitOptions): Promise<Date> {
  if (upstream.length === 0) return new Date();
  const endedAt = await Promise.all(upstream.map((stage) => waitForSuccess(stage, { projectDir, signal })));
  return new Date(Math.max(...endedAt.map((date) => date.getTime())));
}

async function waitForSuccess(stage: StageName, { projectDir, signal }: Omit<WaitOptions, "upstream">): Promise<Date> {
  for (;;) {
    if (signal.aborted) throw new CancelledError("Stopped while waiting for its input");
    const job = await readJobState(projectDir, stage);
    if (job.state === "succeeded" && job.endedAt !== null) return new Date(job.endedAt);
    if (job.state === "failed" || job.state === "stopped" || job.state === "lost") throw notStarted(stage, job);
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function notStarted(stage: StageName, job: JobState): JobError {
  const how = job.state === "lost" ? "is lost" : `has ${job.state}`;
  const why = job.error === null || job.state === "stopped" ? "" : ` (${job.error})`;
  return new JobError(`Not started: \`nexa ${stage}\` ${how}${why}`, {
    code: "upstream_failed",
    hint: `See \`nexa logs ${stage}\`; \`nexa launch\` goes on from there.`,
    // It did not fail itself: `nexa status` shows it as stopped.
    exitCode: exitCodes.cancelled,
  });
}
