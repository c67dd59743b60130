// How long the built `nexa --help` takes, as a ratio to bare Node's start. Run: npm run build && node bench/start.ts
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const runs = 20;

/** An installed package's layout: dist/ without src/, so that bin/nexa.js takes the built files. */
function installedCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), "nexa-start-"));
  for (const part of ["bin", "dist", "package.json"]) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

function timeMs(args: readonly string[]): number {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const folder = installedCopy();
try {
  const help = [join(folder, "bin/nexa.js"), "--help"];
  const bare = ["-e", "0"];
  timeMs(help);
  timeMs(bare);
  const pairs = Array.from({ length: runs }, () => ({ helpMs: timeMs(help), bareMs: timeMs(bare) }));
  const ratio = median(pairs.map(({ helpMs, bareMs }) => helpMs / bareMs));
  const helpMs = median(pairs.map((pair) => pair.helpMs));
  const bareMs = median(pairs.map((pair) => pair.bareMs));
  console.log(
    `nexa --help ${helpMs.toFixed(0)} ms, bare node ${bareMs.toFixed(0)} ms, ratio ${ratio.toFixed(2)} (median of ${runs} pairs)`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
