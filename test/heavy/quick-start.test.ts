import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repositoryRoot } from "../support/project.ts";

const folder = mkdtempSync(join(tmpdir(), "nexa-quick-start-"));
const clone = join(folder, "clone");
const socket = join(folder, "tmux.sock");
// As a new user has it: without the Node 24 that npm scripts put first.
const systemPath = (process.env.PATH ?? "").split(":").filter((part) => !part.includes("node_modules"));
const env = { PATH: systemPath.join(":"), HOME: folder, NEXA_TMUX_SOCKET: socket };

interface Report {
  counts: { prompts: number; answers: number; kept: number; rejected: number; unjudged: number };
  evaluation: { n: number; untrained: { accuracy: number }; trained: { accuracy: number; ci95: [number, number] } };
  stages: { seconds: number }[];
}

beforeAll(() => {
  execFileSync("git", ["clone", "--quiet", repositoryRoot, clone]);
});
afterAll(() => {
  spawnSync("tmux", ["-S", socket, "kill-server"]);
  rmSync(folder, { recursive: true, force: true });
});

/** The README's first command, as it stands there. */
function quickStartCommand(): string {
  const readme = readFileSync(join(clone, "README.md"), "utf8");
  const command = /```bash\n(bash scripts\/shell\/orchestration\/launch_pipeline\.sh)[^\n]*\n/.exec(readme)?.[1];
  if (command === undefined) throw new Error("README.md does not show launch_pipeline.sh in a bash block");
  return command;
}

test("the README's first command takes a fresh clone to a student that answers unseen requests", () => {
  const run = spawnSync("bash", ["-c", quickStartCommand()], { cwd: clone, env, encoding: "utf8" });
  expect(run.status, run.stderr).toBe(0);
  const report = JSON.parse(readFileSync(join(clone, "artifacts/reports/report.json"), "utf8")) as Report;
  const { counts, evaluation, stages } = report;
  expect(counts.kept + counts.rejected + counts.unjudged).toBe(counts.answers);
  expect(evaluation.n).toBeGreaterThanOrEqual(400);
  expect(evaluation.untrained.accuracy).toBeLessThan(0.02);
  expect(evaluation.trained.accuracy).toBeGreaterThanOrEqual(0.8);
  console.log(
    `trained ${evaluation.trained.accuracy}, stages ${stages.map(({ seconds }) => seconds.toFixed(0)).join(" + ")} s`,
  );
  expect(run.stderr).toContain("report.html");

  const again = spawnSync("bash", ["-c", quickStartCommand()], { cwd: clone, env, encoding: "utf8" });
  expect(again.status, again.stderr).toBe(0);
  expect(again.stderr).toMatch(/everything is done/i);
});
