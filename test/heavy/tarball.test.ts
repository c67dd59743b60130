import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cleanEnvironment, quickTraining, repositoryRoot } from "../support/project.ts";

const folder = mkdtempSync(join(tmpdir(), "nexa-tarball-"));
const env = cleanEnvironment({ HOME: join(folder, "home") });
const nexa = join(folder, "app/node_modules/.bin/nexa");

beforeAll(() => {
  execFileSync("npm", ["pack", "--pack-destination", folder], { cwd: repositoryRoot, stdio: "pipe" });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  execFileSync("mkdir", ["-p", join(folder, "app"), join(folder, "home")]);
  execFileSync("npm", ["install", "--prefix", join(folder, "app"), join(folder, String(tarball))], { stdio: "pipe" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the installed package makes a project and takes it from prompts to the report", () => {
  execFileSync(nexa, ["init", "demo"], { cwd: folder, env, stdio: "pipe" });
  execFileSync(nexa, ["-C", "demo", "run", "--set", "max_samples=150", ...quickTraining], {
    cwd: folder,
    env,
    stdio: "pipe",
  });
  expect(readdirSync(join(folder, "demo/artifacts/reports")).sort()).toContain("report.html");
});

test("the tarball holds what runs, and neither tests nor sources nor state", () => {
  const names = readdirSync(join(folder, "app/node_modules/nexacompute"), { recursive: true }).map(String);
  expect(names).toContain("dist/cli/main.js");
  expect(names).toContain("nexa_distill/configs/distill_config.yaml");
  expect(names.filter((name) => /\.test\.|^src|^\.nexa|^artifacts|^data\/processed|^shared/.test(name))).toEqual([]);
});
