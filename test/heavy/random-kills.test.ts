import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createTestProject, finish, quickTraining, type TestProject } from "../support/project.ts";

const dataset = "data/processed/training/sft_dataset.jsonl";
const training = [...quickTraining, "--set", "tiny.steps=60"];

/** Ends everything of the project at once, as a power cut would: the launcher, the wrappers, the stages. */
async function killAll(project: TestProject): Promise<number> {
  const { readdir, readFile } = await import("node:fs/promises");
  let killed = 0;
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const commandLine = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (!commandLine.includes(project.dir)) continue;
    try {
      process.kill(Number(entry), "SIGKILL");
      killed++;
    } catch {
      // It ended by itself in the meantime.
    }
  }
  return killed;
}

async function rowsOf(project: TestProject): Promise<{ rows: string; loss: unknown }> {
  const manifest = await project.json<{ details: { final_loss: number } }>(
    "artifacts/checkpoints/baseline_distill.manifest.json",
  );
  return { rows: await project.read(dataset), loss: manifest.details.final_loss };
}

test("killed at ten random moments and launched again, the pipeline ends with the same rows and the same loss", async () => {
  await using undisturbed = await createTestProject({ prompts: 1500 });
  const startedAt = Date.now();
  const whole = await undisturbed.nexa(["run", ...training]);
  expect(whole.exitCode, whole.stderr).toBe(0);
  const wholeMs = Date.now() - startedAt;

  await using project = await createTestProject({ prompts: 1500 });
  let kills = 0;
  while (kills < 10) {
    const run = project.start(["run", ...training]);
    const ended = finish(run);
    await sleep(wholeMs * (0.05 + 0.3 * Math.random()));
    if (run.exitCode !== null) break;
    await killAll(project);
    await ended;
    kills++;
  }
  expect(kills, "the pipeline was done before ten kills: give it more to do").toBe(10);
  const last = await project.nexa(["run", ...training]);
  expect(last.exitCode, last.stderr).toBe(0);
  expect(await rowsOf(project)).toEqual(await rowsOf(undisturbed));
});
