import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repositoryRoot } from "../../test/support/project.ts";
import { findLaunch, type Launch, loadLaunchedProject, writeLaunch } from "./launch-file.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-launch-file-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const choice = { model: "m", isOffline: false, reason: null };

const launch: Launch = {
  id: "0a1b2c3d",
  launchedAt: "2025-01-02T03:04:05.000Z",
  overrides: ["sample_gate.min_judge_score=0.9"],
  filtersConfigPath: "other-filters.yaml",
  trainConfigPath: "nexa_train/configs/baseline_distill.yaml",
  budgetUsd: 4,
  retryFailed: true,
  choices: { teacher: choice, judge: choice, student: choice, budgetUsd: 4 },
  stages: ["generate", "filter"],
};

test("a launch is read back as it was written, and its stages go by its documents", async () => {
  for (const part of ["nexa.yaml", "nexa_distill", "nexa_train"])
    await cp(join(repositoryRoot, part), join(dir, part), { recursive: true });
  await writeFile(join(dir, "other-filters.yaml"), "basic: {min_char_length: 7}\n");
  await writeLaunch(dir, launch);
  const found = await findLaunch(dir);
  expect(found).toEqual(launch);
  const project = await loadLaunchedProject(dir, found ?? launch);
  expect(project.filters).toMatchObject({ basic: { min_char_length: 7 }, sample_gate: { min_judge_score: 0.9 } });
  expect(project.filtersConfigPath).toBe("other-filters.yaml");
});

test("a launch that names no filters document goes by the project's own", async () => {
  await writeLaunch(dir, launch);
  const file = join(dir, ".nexa/launch.json");
  const { filters_config_path: _, ...record } = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify(record));
  expect((await findLaunch(dir))?.filtersConfigPath).toBe("nexa_distill/configs/filters.yaml");
});
