import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export const repositoryRoot = resolve(import.meta.dirname, "../..");
export const nexaBin = join(repositoryRoot, "bin/nexa.js");

export interface Finished {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project in a folder of its own, with a tmux server of its own, driven by the real command line. */
export interface TestProject extends AsyncDisposable {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  path(...parts: string[]): string;
  read(path: string): Promise<string>;
  json<T>(path: string): Promise<T>;
  nexa(args: readonly string[], env?: Record<string, string>): Promise<Finished>;
  start(args: readonly string[], env?: Record<string, string>): ReturnType<typeof spawn>;
}

export interface TestProjectOptions {
  /** The first so many of the bundled prompts. */
  readonly prompts?: number;
  /** Lines in the place of the bundled prompts. */
  readonly promptLines?: readonly string[];
}

/** The example project with a few prompts: it runs in seconds with `quickTraining`. */
export async function createTestProject({ prompts = 120, promptLines }: TestProjectOptions = {}): Promise<TestProject> {
  const parent = await mkdtemp(join(tmpdir(), "nexa-e2e-"));
  const dir = join(parent, "project");
  for (const part of ["nexa.yaml", "nexa_distill", "nexa_train", "data/prompts"]) {
    await cp(join(repositoryRoot, part), join(dir, part), { recursive: true });
  }
  const promptsPath = join(dir, "data/prompts/bench_science.jsonl");
  const lines = promptLines ?? (await readFile(promptsPath, "utf8")).split("\n").slice(0, prompts);
  await writeFile(promptsPath, `${lines.join("\n")}\n`);
  const env = cleanEnvironment({ NEXA_TMUX_SOCKET: join(parent, "tmux.sock"), HOME: parent });
  const start = (args: readonly string[], more: Record<string, string> = {}) =>
    spawn(process.execPath, [nexaBin, "-C", dir, ...args], {
      env: { ...env, ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    dir,
    env,
    path: (...parts) => join(dir, ...parts),
    read: (path) => readFile(join(dir, path), "utf8"),
    json: async (path) => JSON.parse(await readFile(join(dir, path), "utf8")),
    start,
    nexa: (args, more) => finish(start(args, more)),
    async [Symbol.asyncDispose]() {
      spawnSync("tmux", ["-S", env.NEXA_TMUX_SOCKET ?? "", "kill-server"], { stdio: "ignore" });
      await rm(parent, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Settings with which the embedded student trains for seconds. */
export const quickTraining = [
  "--set",
  "tiny.steps=12",
  "--set",
  "tiny.eval_steps=6",
  "--set",
  "training.checkpoint_steps=4",
] as const;

/** What a new user's shell has: PATH with this Node first, and no keys. */
export function cleanEnvironment(more: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    ...more,
  };
}

/** Waits for the end of a process and gathers what it said. */
export async function finish(child: ReturnType<typeof spawn>): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [exitCode, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { exitCode, signal, stdout, stderr };
}
