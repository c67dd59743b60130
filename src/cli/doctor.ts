import { execFile } from "node:child_process";
import { access, constants, statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { promisify, styleText } from "node:util";
import { loadProject, type Project } from "../config/index.ts";
import { errorMessage, exitCodes, formatCount, NexaError, systemErrorCode } from "../core/index.ts";
import { resolveChoices } from "../pipeline/choices.ts";
import { roles } from "../pipeline/roles.ts";

export interface Check {
  readonly name: string;
  readonly state: "ok" | "note" | "fault";
  readonly found: string;
  /** What to do; only where there is something. */
  readonly remedy?: string;
}

const gibibyte = 2 ** 30;

/** Looks at machine and project and prints a line each. @returns 0, or 2 when something must be mended first. */
export async function runDoctor(options: { dir: string; set: readonly string[]; json?: boolean }): Promise<number> {
  const checks = [checkNode(), checkMachine(), await checkTmux(), ...(await checkProject(options))];
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ checks }, null, 2)}\n`);
  } else {
    for (const check of checks) process.stderr.write(`${formatCheck(check)}\n`);
  }
  return checks.some(({ state }) => state === "fault") ? exitCodes.usage : exitCodes.ok;
}

function formatCheck({ name, state, found, remedy }: Check): string {
  const mark = {
    ok: styleText("green", "ok   "),
    note: styleText("yellow", "note "),
    fault: styleText("red", "fault"),
  }[state];
  const line = `${mark} ${name.padEnd(10)} ${found}`;
  return remedy === undefined ? line : `${line}\n${" ".repeat(17)}${remedy}`;
}

function checkNode(): Check {
  return { name: "node", state: "ok", found: `${process.versions.node} at ${process.execPath}` };
}

function checkMachine(): Check {
  const found = `${availableParallelism()} cores, ${(totalmem() / gibibyte).toFixed(1)} GiB of memory`;
  return { name: "machine", state: "ok", found };
}

async function checkTmux(): Promise<Check> {
  const remedy =
    "Install tmux 3.0 or newer for sessions that survive a lost connection; without it stages run in the foreground.";
  try {
    const { stdout } = await promisify(execFile)("tmux", ["-V"]);
    const version = /(\d+)\.(\d+)/.exec(stdout);
    if (version !== null && Number(version[1]) < 3)
      return { name: "tmux", state: "note", found: `${stdout.trim()} is too old`, remedy };
    return { name: "tmux", state: "ok", found: stdout.trim() };
  } catch (error) {
    return {
      name: "tmux",
      state: "note",
      found: systemErrorCode(error) === "ENOENT" ? "not installed" : errorMessage(error),
      remedy,
    };
  }
}

async function checkProject({ dir, set }: { dir: string; set: readonly string[] }): Promise<Check[]> {
  let project: Project;
  try {
    project = await loadProject({ dir, overrides: set });
  } catch (error) {
    if (!(error instanceof NexaError)) throw error;
    return [
      {
        name: "config",
        state: "fault",
        found: error.message,
        ...(error.hint === undefined ? {} : { remedy: error.hint }),
      },
    ];
  }
  return [
    { name: "config", state: "ok", found: `four files read in ${project.dir}` },
    await checkDisk(project),
    await checkPrompts(project),
    ...(await checkModels(project)),
  ];
}

async function checkDisk(project: Project): Promise<Check> {
  try {
    await access(project.dir, constants.W_OK);
  } catch {
    return {
      name: "disk",
      state: "fault",
      found: `${project.dir} is not writable`,
      remedy: "Change its owner or permissions.",
    };
  }
  const { bavail, bsize, type } = await statfs(project.dir);
  const freeGib = (bavail * bsize) / gibibyte;
  const found = `${freeGib.toFixed(1)} GiB free`;
  if (freeGib < 1) return { name: "disk", state: "fault", found, remedy: "Free at least 1 GiB." };
  if (networkFileSystems.has(type)) {
    return {
      name: "disk",
      state: "note",
      found: `${found}, on a network file system`,
      remedy: "The ledger (.nexa/) is safe on a local disk alone: move the project to one.",
    };
  }
  return { name: "disk", state: "ok", found };
}

/** NFS, SMB/CIFS, SMB2, Lustre, Ceph. @see statfs(2) */
const networkFileSystems = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x0bd00bd0, 0x00c36400]);

async function checkPrompts(project: Project): Promise<Check> {
  const { openPrompts } = await import("../stages/generate/index.ts");
  try {
    const { files, count } = await openPrompts(project);
    const [first] = files;
    const where = files.length === 1 && first !== undefined ? first.name : `${formatCount(files.length)} files`;
    return { name: "prompts", state: "ok", found: `${formatCount(count)} in ${where}` };
  } catch (error) {
    if (!(error instanceof NexaError)) throw error;
    return {
      name: "prompts",
      state: "fault",
      found: error.message,
      ...(error.hint === undefined ? {} : { remedy: error.hint }),
    };
  }
}

async function checkModels(project: Project): Promise<Check[]> {
  const choices = await resolveChoices(project);
  return roles.map((role) => {
    const { model, isOffline, reason, blocked } = choices[role];
    if (blocked !== undefined)
      return {
        name: role,
        state: "fault",
        found: blocked.message,
        ...(blocked.hint === undefined ? {} : { remedy: blocked.hint }),
      };
    if (!isOffline) return { name: role, state: "ok", found: model };
    return { name: role, state: "note", found: `${model}, the offline one`, remedy: reason ?? "" };
  });
}
