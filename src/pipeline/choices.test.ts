import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { startFakeProvider } from "../../test/fake-provider/index.ts";
import { createTestProject } from "../../test/support/project.ts";
import { loadProject } from "../config/index.ts";
import { assertNotBlocked, resolveChoices } from "./choices.ts";

const key = { OPENAI_API_KEY: "sk-test" };

test("a priced model is used with its key and a budget, and the offline one without", async () => {
  await using project = await createTestProject({ prompts: 3 });
  const loaded = await loadProject({ dir: project.dir });
  const rich = await resolveChoices(loaded, { env: key, budgetUsd: 40 });
  expect(rich.teacher).toEqual({ model: "gpt-4o-mini", isOffline: false, reason: null });
  for (const [env, budgetUsd, why] of [
    [key, undefined, "no budget"],
    [{}, 40, "OPENAI_API_KEY"],
  ] as const) {
    const { teacher, judge } = await resolveChoices(loaded, { env, budgetUsd });
    expect(teacher).toMatchObject({
      model: "nexa:bench-science",
      isOffline: true,
      reason: expect.stringContaining(why),
    });
    expect(judge).toMatchObject({ model: "nexa:verifier", isOffline: true });
  }
});

test("`offline: null` blocks the stages of that role alone", async () => {
  await using project = await createTestProject({ prompts: 3 });
  const loaded = await loadProject({ dir: project.dir, overrides: ["teacher.offline=null"] });
  const choices = await resolveChoices(loaded, { env: {} });
  expect(() => assertNotBlocked("generate", { choices, project: loaded })).toThrow(/gpt-4o-mini/);
  for (const stage of ["filter", "package", "train", "evaluate"] as const)
    expect(() => assertNotBlocked(stage, { choices, project: loaded })).not.toThrow();
});

test("what a paid teacher made is not made anew by the offline one when the key is gone", async () => {
  await using provider = await startFakeProvider({ apiKey: "sk-test" });
  await using project = await createTestProject({ prompts: 12 });
  const entry = {
    base_url: provider.baseUrl,
    api_key_env: "MY_KEY",
    price: { input_usd_per_million: 1, output_usd_per_million: 1 },
  };
  const args = ["--set", `models.mine=${JSON.stringify(entry)}`, "--set", "teacher.model=mine"];
  const paid = await project.nexa(["generate", ...args, "--budget", "5"], { MY_KEY: "sk-test" });
  expect(paid.exitCode, paid.stderr).toBe(0);

  const keyless = await project.nexa(["launch", "--launcher", "foreground", "--until", "package", ...args]);
  expect(keyless.exitCode, keyless.stderr).toBe(0);
  expect(keyless.stderr).toMatch(/done already: generate/);

  await rm(project.path("data/processed/distillation/teacher_outputs/teacher_outputs_v1.parquet"));
  const lost = await project.nexa(["launch", "--launcher", "foreground", ...args]);
  expect(lost.exitCode, lost.stderr).toBe(2);
  expect(lost.stderr).toContain("The teacher mine made what is there");
  expect(lost.stderr).toContain("MY_KEY");
  const again = await project.nexa(["generate", ...args, "--budget", "5"], { MY_KEY: "sk-test" });
  expect(again.exitCode, again.stderr).toBe(0);
  expect(provider.answered).toBe(12);
});
