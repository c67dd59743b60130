import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createTestProject, finish, quickTraining, type TestProject } from "../support/project.ts";

const dataset = "data/processed/training/sft_dataset.jsonl";
const training = [...quickTraining, "--set", "tiny.steps=100"];

/** Ends everything of the project at once, as a power cut would: the launcher, the wrappers, the stages. */
async function killAll(project: TestProject): Promise<number> {
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
  const whole = await undisturbed.nexa(["run", ...training]);
  expect(whole.exitCode, whole.stderr).toBe(0);

  await using project = await createTestProject({ prompts: 1500 });
  const states: string[] = [];
  for (let kill = 0; kill < 10; kill++) {
    const run = project.start(["run", ...training]);
    const ended = finish(run);
    // Early kills for the short stages, later ones for training.
    await sleep((kill < 6 ? 300 : 1000) + (kill < 6 ? 1200 : 2300) * Math.random());
    const status = await project.nexa(["status", "--json"]);
    states.push(
      (JSON.parse(status.stdout) as { stages: { state: string }[] }).stages.map(({ state }) => state).join(" "),
    );
    expect(run.exitCode, "the pipeline was done before the tenth kill: give it more to do").toBeNull();
    expect(await killAll(project)).toBeGreaterThan(0);
    await ended;
  }
  console.log(`at the kills: ${states.join(" | ")}`);
  const last = await project.nexa(["run", ...training]);
  expect(last.exitCode, last.stderr).toBe(0);
  expect(await rowsOf(project)).toEqual(await rowsOf(undisturbed));
});
