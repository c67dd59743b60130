import type { Job, JobHandle, Launcher } from "./job.ts";
import { clearJobFolder, readJobStatus, readWrapper } from "./job-folder.ts";
import type { Pane } from "./pane.ts";
import { stopJob } from "./stop-job.ts";
import { type WrappedJob, wrapJob } from "./wrapper.ts";

export interface ForegroundOptions {
  /** Where the jobs' lines are shown besides their logs. */
  readonly pane?: Pane;
}

/** The launcher of CI, containers and machines without tmux: the jobs are children of this process and end with it. */
export interface ForegroundLauncher extends Launcher {
  /** Passes a signal on to every job; once more kills them. */
  endAll(signal: NodeJS.Signals): void;
  /** Resolves when every job that was started here has ended. */
  allEnded(): Promise<void>;
}

export function createForegroundLauncher({ pane }: ForegroundOptions = {}): ForegroundLauncher {
  const jobs: WrappedJob[] = [];
  return {
    name: "foreground",
    async start(job: Job): Promise<JobHandle> {
      const handle = { job, launcher: "foreground", session: job.session } as const;
      const status = await readJobStatus(job.jobDir);
      if (status.phase === "running" || status.phase === "unknown") {
        const wrapper = await readWrapper(job.jobDir);
        return { ...handle, session: wrapper?.session ?? job.session, wasRunning: true };
      }
      await clearJobFolder(job.jobDir);
      jobs.push(await wrapJob(job, { launcher: "foreground", session: job.session, pane }));
      return { ...handle, wasRunning: false };
    },
    status: ({ job }) => readJobStatus(job.jobDir),
    stop: ({ job }, options) => stopJob(job.jobDir, options),
    endAll: (signal) => {
      for (const job of jobs) job.end(signal);
    },
    allEnded: async () => {
      await Promise.all(jobs.map(({ ended }) => ended));
    },
  };
}
