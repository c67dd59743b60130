import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { errorMessage, JobError, systemErrorCode } from "../core/index.ts";
import { isSecretName } from "./secrets.ts";

const execFileAsync = promisify(execFile);

/** Names the tmux server to use: a path, or a name as after `tmux -L`. The user's own server otherwise. */
export const tmuxSocketVariable = "NEXA_TMUX_SOCKET";

export interface Tmux {
  /** The socket's path or name, null for the default server. */
  readonly socket: string | null;
  /** The words that choose the server, for a command line. */
  readonly serverArgs: readonly string[];
  /** Runs a tmux command. @returns its output. @throws JobError with tmux's own words. */
  run(...args: readonly string[]): Promise<string>;
  /** Like run, with null in the place of an error: for questions that a missing server or session answers too. */
  ask(...args: readonly string[]): Promise<string | null>;
}

/** A tmux server by its socket. Commands get an environment without secrets, as a server that they start keeps it for all its sessions. */
export function createTmux({
  socket,
  env = process.env,
}: {
  socket?: string | null;
  env?: NodeJS.ProcessEnv;
} = {}): Tmux {
  const name = socket ?? (env[tmuxSocketVariable] || null);
  const serverArgs = name === null ? [] : [name.includes("/") ? "-S" : "-L", name];
  const cleanEnv = Object.fromEntries(Object.entries(env).filter(([key]) => !isSecretName(key)));
  const run = async (...args: readonly string[]): Promise<string> => {
    try {
      // -u: paths beyond ASCII come back as they are, whatever the locale says.
      const { stdout } = await execFileAsync("tmux", ["-u", ...serverArgs, ...args], { env: cleanEnv });
      return stdout;
    } catch (error) {
      throw explainTmuxError(error, args);
    }
  };
  return { socket: name, serverArgs, run, ask: (...args) => run(...args).catch(() => null) };
}

function explainTmuxError(error: unknown, args: readonly string[]): JobError {
  if (systemErrorCode(error) === "ENOENT")
    return new JobError("tmux is not installed", { code: "tmux_missing", hint: tmuxRemedy, cause: error });
  const stderr = (error as { stderr?: string }).stderr?.trim();
  return new JobError(`tmux ${args[0] ?? ""}: ${stderr || errorMessage(error)}`, {
    code: "tmux",
    hint: "With `--launcher foreground` the stages run without tmux.",
    cause: error,
  });
}

const tmuxRemedy = "Install tmux 3.0 or newer, or run the stages without it: `nexa launch --launcher foreground`.";

/** Whether tmux is there; one that is older than 3.0 is refused, as it lacks exact options for panes. */
export async function hasTmux(tmux: Tmux): Promise<boolean> {
  let version: string;
  try {
    version = (await tmux.run("-V")).trim();
  } catch (error) {
    if (error instanceof JobError && error.code === "tmux_missing") return false;
    throw error;
  }
  if (isNewEnough(version)) return true;
  throw new JobError(`${version} is too old`, { code: "tmux_too_old", hint: tmuxRemedy });
}

/** "tmux 3.3a" and "tmux next-3.6" carry a number; "tmux master" and OpenBSD's own do not and count as new. */
export function isNewEnough(version: string): boolean {
  const match = /(\d+)\.\d+/.exec(version);
  return match === null || version.includes("openbsd") || Number(match[1]) >= 3;
}
