import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestProject, finish, nexaBin, quickTraining } from "../support/project.ts";

/** A disk of its own, as large as is said; null where this user may not mount one. */
function mountDisk(folder: string, size: string): (Disposable & { grow(size: string): void }) | null {
  mkdirSync(folder);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]).status !== 0) return null;
  return {
    grow: (larger) => void spawnSync("mount", ["-o", `remount,size=${larger}`, folder]),
    [Symbol.dispose]: () => void spawnSync("umount", [folder]),
  };
}

test("a full disk ends the stage with exit 4 and a remedy, and with more space the same command goes on", async ({
  skip,
}) => {
  await using project = await createTestProject({ prompts: 3000 });
  const small = join(project.dir, "..", "small");
  using disk = mountDisk(small, "4m");
  if (disk === null) return skip("needs the right to mount a file system");
  cpSync(project.dir, small, { recursive: true });
  const nexa = (args: readonly string[]) =>
    finish(
      spawn(process.execPath, [nexaBin, "-C", small, ...args], { env: project.env, stdio: ["ignore", "pipe", "pipe"] }),
    );

  const full = await nexa(["generate"]);
  expect(full.exitCode, full.stderr).toBe(4);
  expect(full.stderr).toMatch(/No space left on the disk/);
  expect(full.stderr).toContain("Free some space");
  const outputs = join(small, "data/processed/distillation/teacher_outputs");
  expect(existsSync(outputs) ? readdirSync(outputs) : []).toEqual([]);

  disk.grow("200m");
  const whole = await nexa(["run", ...quickTraining]);
  expect(whole.exitCode, whole.stderr).toBe(0);
});
