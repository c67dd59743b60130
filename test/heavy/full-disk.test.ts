import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boughtCall } from "../../src/calls/fixtures/ledger-rows.ts";
import { openLedger } from "../../src/calls/ledger/ledger-open.ts";
import { createTestProject, finish, nexaBin, quickTraining } from "../support/project.ts";

/** A disk of its own, as large as is said; null where this user may not mount one. */
function mountDisk(
  folder: string,
  size: string,
): (Disposable & { grow(size: string): void; makeReadOnly(): void }) | null {
  mkdirSync(folder);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]).status !== 0) return null;
  return {
    grow: (larger) => void spawnSync("mount", ["-o", `remount,size=${larger}`, folder]),
    makeReadOnly: () => void spawnSync("mount", ["-o", "remount,ro", folder]),
    [Symbol.dispose]() {
      spawnSync("umount", [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

test("a full disk ends the stage with exit 4 and a remedy, and with more space the same command goes on", async ({
  skip,
}) => {
  await using project = await createTestProject({ prompts: 3000 });
  const small = join(project.dir, "..", "small");
  using disk = mountDisk(small, "14m");
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

/** Takes all the room that is left. */
function fillDisk(folder: string): void {
  for (const chunk of [2 ** 20, 2 ** 12, 1]) {
    try {
      for (;;) appendFileSync(join(folder, "filler"), Buffer.alloc(chunk, 1));
    } catch {
      // Full for chunks of this size.
    }
  }
}

test("answers in flight when the disk gets full are kept, and nothing more is bought", async ({ skip }) => {
  const small = join(tmpdir(), `nexa-full-${randomUUID()}`);
  using disk = mountDisk(small, "24m");
  if (disk === null) return skip("needs the right to mount a file system");
  const path = join(small, "ledger.sqlite");
  const inFlight = Array.from({ length: 512 }, (_, index) =>
    boughtCall(`in flight ${index}`, { text: "x".repeat(4_096), request: "y".repeat(2_048) }),
  );
  {
    using ledger = openLedger(path, { patienceMs: 0 });
    await ledger.commit(boughtCall("before"));
    fillDisk(small);
    await Promise.all(inFlight.map((call) => ledger.commit(call)));
    const full = expect.objectContaining({ exitCode: 4, code: "disk_full" });
    expect(() => ledger.assertRoom()).toThrow(full);
    expect(() => ledger.reserve("next", { usd: 0, limitUsd: 1 })).toThrow(full);
  }
  // Until there is room again, nothing is begun.
  fillDisk(small);
  expect(() => openLedger(path)).toThrow(expect.objectContaining({ exitCode: 4, code: "disk_full" }));
  disk.grow("64m");
  {
    using ledger = openLedger(path);
    expect(inFlight.filter(({ identity }) => !ledger.has(identity))).toEqual([]);
    expect(ledger.has("before")).toBe(true);
    ledger.assertRoom();
  }
});

test("answers wait for room on a disk that stays full only for a while", async ({ skip }) => {
  const small = join(tmpdir(), `nexa-full-${randomUUID()}`);
  using disk = mountDisk(small, "24m");
  if (disk === null) return skip("needs the right to mount a file system");
  using ledger = openLedger(join(small, "ledger.sqlite"));
  const large = Array.from({ length: 100 }, (_, index) => boughtCall(`large ${index}`, { text: "x".repeat(200_000) }));
  fillDisk(small);
  const commits = Promise.all(large.map((call) => ledger.commit(call)));
  setTimeout(() => disk.grow("128m"), 1_000);
  await commits;
  expect(large.filter(({ identity }) => !ledger.has(identity))).toEqual([]);
});

test("a ledger on a read-only disk ends the stage before it calls anybody", async ({ skip }) => {
  const small = join(tmpdir(), `nexa-full-${randomUUID()}`);
  using disk = mountDisk(small, "24m");
  if (disk === null) return skip("needs the right to mount a file system");
  const path = join(small, "ledger.sqlite");
  openLedger(path)[Symbol.dispose]();
  disk.makeReadOnly();
  const refused = expect.objectContaining({
    exitCode: 4,
    code: "not_writable",
    message: expect.stringContaining(path),
  });
  expect(() => openLedger(path)).toThrow(refused);
});
