import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { errorMessage } from "../core/index.ts";
import { takeRequest } from "./job-request.ts";
import { createPane } from "./pane.ts";
import { wrapJob } from "./wrapper.ts";

/** The wrapper's program in a tmux session: `node run-job.js JOBFILE`. */
async function runJob(jobFile: string): Promise<number> {
  const { job, launcher, session, tmuxSocket } = await takeRequest(jobFile);
  const pane = createPane();
  pane.line(`${job.name} in ${job.cwd}, log ${job.logFile}`);
  const wrapping = wrapJob(job, { launcher, session, tmuxSocket, pane });
  // Before the job is there, so that a signal in its first moments is passed on too.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => void wrapping.then((wrapped) => wrapped.end(signal)).catch(() => undefined));
  }
  const wrapped = await wrapping;
  return (await wrapped.ended).exitCode;
}

/** This file's path, in a checkout (.ts) and in an install (.js). */
export const runJobProgram = fileURLToPath(new URL(`./run-job${extname(import.meta.url)}`, import.meta.url));

if (process.argv[1] === runJobProgram) {
  try {
    process.exitCode = await runJob(process.argv[2] ?? "");
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n`);
    process.exitCode = 4;
  }
}
