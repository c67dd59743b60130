import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openScratchFolder, scratchPath } from "./scratch-folder.ts";

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "nexa-scratch-"));
});
afterEach(() => rm(project, { recursive: true, force: true }));

it("is there until it is disposed of, with what is in it", async () => {
  let path = "";
  {
    await using scratch = await openScratchFolder(project);
    path = scratch.path;
    await writeFile(join(path, "rows"), "1");
  }
  expect(path.startsWith(join(project, scratchPath))).toBe(true);
  expect(existsSync(path)).toBe(false);
});

it("removes what killed runs left, and nothing of a run that is alive or on another host", async () => {
  await using other = await openScratchFolder(project);
  const module = join(import.meta.dirname, "scratch-folder.ts");
  const script = `import { openScratchFolder } from ${JSON.stringify(module)};
    await openScratchFolder(${JSON.stringify(project)}); console.log("open"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const parent = join(project, scratchPath);
  expect((await readdir(parent)).length).toBe(2);
  child.kill("SIGKILL");
  await once(child, "exit");
  const far = join(parent, "12~34~another.host~00ff");
  const unknown = join(parent, "something else");
  await mkdir(far);
  await mkdir(unknown);
  await using scratch = await openScratchFolder(project);
  const left = await readdir(parent);
  expect(left.map((name) => join(parent, name)).sort()).toEqual([other.path, scratch.path, far, unknown].sort());
});
