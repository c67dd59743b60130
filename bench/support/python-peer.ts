import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ProcessOptions } from "./process-tree.ts";

/** A program in Python that a bench compares with. */
export interface PythonPeer {
  readonly name: string;
  /** In bench/peers/. */
  readonly script: string;
  /** For pip. */
  readonly packages: readonly string[];
  /** The virtual environment, apart where its packages would pull the others' versions about. */
  readonly environment: string;
}

const scripts = resolve(import.meta.dirname, "../peers");

function pythonOf(environment: string): string {
  return join(environment, "bin/python");
}

/** Null where it is there. */
export function installPeer({ script, packages, environment }: PythonPeer): string | null {
  const python = pythonOf(environment);
  if (!existsSync(python)) {
    const made = spawnSync("python3", ["-m", "venv", environment], { encoding: "utf8" });
    if (made.status !== 0) {
      rmSync(environment, { recursive: true, force: true });
      return `python3 -m venv failed: ${made.error?.message ?? lastLine(made.stderr)}`;
    }
  }
  const probe = spawnSync(python, ["-B", join(scripts, script), "--probe"], { encoding: "utf8" });
  if (probe.status === 0) return null;
  console.log(`installing ${packages.join(", ")} ...`);
  const pip = spawnSync(python, ["-m", "pip", "install", "-q", ...packages], { encoding: "utf8", timeout: 600_000 });
  if (pip.status === 0) return null;
  return `pip install ${packages.join(" ")} failed: ${pip.error?.message ?? lastLine(pip.stderr)}`;
}

/** How it is run: with none of this machine's keys or settings, and nothing written into its home or beside the scripts. */
export function peerCommand(
  { script, environment }: PythonPeer,
  args: readonly string[],
): { command: string; args: string[]; options: ProcessOptions } {
  const env = { PATH: process.env.PATH, HOME: environment, PYTHONDONTWRITEBYTECODE: "1" };
  return { command: pythonOf(environment), args: [join(scripts, script), ...args], options: { cwd: environment, env } };
}

export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
