import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What a program took, with all that it started. */
export interface ProcessRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From its start to its end. */
  readonly seconds: number;
  /** Processor seconds of it and its children, all their threads; to the last look, a few ms before its end. 0 where there is no /proc. */
  readonly cpuSeconds: number;
  /** The most resident memory of it and its children at once, as far as looks every 25 ms see it; 0 where there is no /proc. */
  readonly peakBytes: number;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

const everyMs = 25;

export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessRun> {
  const { cwd, env, timeoutMs = 600_000 } = options;
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
  let [peakBytes, cpuSeconds] = [0, 0];
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, treeBytes(child.pid));
    cpuSeconds = Math.max(cpuSeconds, treeCpu(child.pid));
  }, everyMs);
  try {
    const [stdout, stderr, code] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      new Promise<number | null>((done, fail) => child.once("close", done).once("error", fail)),
    ]);
    return { code, stdout, stderr, seconds: (performance.now() - startedAt) / 1000, cpuSeconds, peakBytes };
  } finally {
    clearInterval(timer);
  }
}

/** Of the process and its children. A process's own high-water mark stands for what came between two looks. */
function treeBytes(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const { resident, highest } = memoryOf(pid);
  const children = childrenOf(pid);
  return children.length === 0 ? highest : resident + children.reduce((sum, child) => sum + treeBytes(child), 0);
}

function memoryOf(pid: number): { resident: number; highest: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kibibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    return { resident: kibibytes("VmRSS") * 1024, highest: kibibytes("VmHWM") * 1024 };
  } catch {
    // It has ended, or this is not Linux.
    return { resident: 0, highest: 0 };
  }
}

/** Kernels that Node runs on count processor time in hundredths of a second. */
const ticksPerSecond = 100;

/** Of the process, of its children that have ended, and of those that run. */
function treeCpu(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    // What stands in parentheses is the program's name, which may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return ticks / ticksPerSecond + childrenOf(pid).reduce((sum, child) => sum + treeCpu(child), 0);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}
