import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { explainWriteError, replaceFileAtomic, writeFileAtomic } from "./atomic-file.ts";
import { NexaError } from "./errors.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-atomic-"));
});
afterEach(async () => {
  await chmod(dir, 0o700);
  await rm(dir, { recursive: true });
});

test("makes the folders on the way and replaces the old content", async () => {
  const path = join(dir, "a/b/file.txt");
  await writeFileAtomic(path, "old");
  await writeFileAtomic(path, new TextEncoder().encode("new"));
  expect(await readFile(path, "utf8")).toBe("new");
  expect(await readdir(join(dir, "a/b"))).toEqual(["file.txt"]);
});

test("a writer that fails leaves the old content and nothing else", async () => {
  const path = join(dir, "file.txt");
  await writeFileAtomic(path, "old");
  const failing = replaceFileAtomic(path, async (temporaryPath) => {
    await writeFile(temporaryPath, "half");
    throw new Error("the writer failed");
  });
  await expect(failing).rejects.toThrow("the writer failed");
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(dir)).toEqual(["file.txt"]);
});

test.skipIf(!existsSync("/dev/full"))("a full disk is explained with the file and the remedy", async () => {
  const path = join(dir, "file.txt");
  await symlink("/dev/full", join(dir, "full"));
  const filling = replaceFileAtomic(path, () => writeFile(join(dir, "full"), "x".repeat(100_000)));
  await expect(filling).rejects.toMatchObject({
    code: "disk_full",
    message: expect.stringContaining(path),
    hint: expect.stringContaining("Free some space"),
  });
  expect(existsSync(path)).toBe(false);
});

test("a folder in the place of a parent is explained, anything unknown is passed on", async () => {
  await writeFileAtomic(join(dir, "file"), "x");
  await expect(writeFileAtomic(join(dir, "file/inner"), "y")).rejects.toBeInstanceOf(Error);
  const unknown = new Error("something else");
  expect(explainWriteError("x", unknown)).toBe(unknown);
  expect(explainWriteError("x", Object.assign(new Error(), { code: "EROFS" }))).toBeInstanceOf(NexaError);
});
