import { spawn } from "node:child_process";
import { JobError } from "../core/index.ts";
import { createTmux, listSessions, ownerOption, readWrapper, type Tmux } from "../launchers/index.ts";
import type { StageName } from "../stages/stage.ts";
import { formatCommand } from "./command-line.ts";
import { jobFolder } from "./job-record.ts";

export interface AttachTarget {
  readonly session: string;
  /** The whole tmux command line. */
  readonly argv: readonly string[];
}

/**
 * How to get into a stage's session, running or dead.
 * @throws JobError when there is none, or when the session of that name is somebody else's.
 */
export async function findSession(
  projectDir: string,
  stage: StageName,
  { env = process.env, tmux }: { env?: NodeJS.ProcessEnv; tmux?: Tmux } = {},
): Promise<AttachTarget> {
  const wrapper = await readWrapper(jobFolder(projectDir, stage));
  const command = (words: string): string => `\`${formatCommand(words, { projectDir })}\``;
  if (wrapper === null || wrapper.launcher !== "tmux") {
    const why = wrapper === null ? "was not launched" : "runs without tmux";
    throw new JobError(`${stage} has no session: it ${why}`, {
      code: "no_session",
      hint: `See ${command("status")} and ${command(`logs ${stage} -f`)}.`,
    });
  }
  const server = tmux ?? createTmux({ socket: wrapper.tmuxSocket, env });
  const { session } = wrapper;
  if ((await listSessions(server)).get(session) !== projectDir) {
    throw new JobError(`There is no tmux session ${session} of this project (${ownerOption})`, {
      code: "no_session",
      hint: `It may have been closed: see ${command(`logs ${stage}`)}.`,
    });
  }
  // Inside a session of the same server, tmux refuses to nest and changes over instead.
  const verb = env.TMUX === undefined || server.socket !== null ? "attach-session" : "switch-client";
  return { session, argv: ["tmux", ...server.serverArgs, verb, "-t", `=${session}`] };
}

/** Hands the terminal to tmux until the user detaches. @returns tmux's exit code. */
export async function attachSession({ argv: [command = "tmux", ...args] }: AttachTarget): Promise<number> {
  const { TMUX, ...env } = process.env;
  // tmux refuses to attach inside another server's session as long as TMUX names it; switching needs the name.
  const child = spawn(command, args, {
    stdio: "inherit",
    env: args.includes("switch-client") ? { ...env, TMUX } : env,
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code === 0 ? 0 : 4));
  });
}
