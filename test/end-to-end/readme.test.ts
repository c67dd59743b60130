import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeProvider, startFakeProvider } from "../fake-provider/index.ts";
import { cleanEnvironment, finish, nexaBin, repositoryRoot } from "../support/project.ts";

const folder = mkdtempSync(join(tmpdir(), "nexa-readme-"));
const socket = join(folder, "tmux.sock");
let provider: FakeProvider;

/** Long enough for the gate, with an action verb and no citation. */
const answer = (prompt: string): string =>
  `To answer "${prompt}" prepare the reagents first and measure each of them twice. Mix slowly until the solution is clear; a cloudy one has taken ` +
  "up water and is thrown away. Write every value down with its unit, the name of the balance and the time of day. Leave the flask at room " +
  "temperature for an hour, then compare its colour with the standard under white light. Where both agree, label the bottle, add the date, and " +
  "put it on the second shelf. Otherwise begin again with fresh powder, since neither heat nor patience brings a spoiled batch back.";

beforeAll(async () => {
  provider = await startFakeProvider({
    reply: (request, { prompt }) => ({
      kind: "answer",
      text: /"answer"/.test(prompt)
        ? JSON.stringify({
            score: 0.9,
            scores: { correctness: 1, completeness: 1, form: 1 },
            flags: [],
            rationale: "Sound.",
          })
        : answer(request.messages.at(-1)?.content ?? ""),
    }),
  });
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/nexa"), `#!/bin/sh\nexec "${process.execPath}" "${nexaBin}" "$@"\n`);
  chmodSync(join(folder, "bin/nexa"), 0o755);
  const prompts = Array.from({ length: 40 }, (_, index) =>
    JSON.stringify({ prompt: `How do I set up experiment number ${index}?` }),
  );
  writeFileSync(join(folder, "my-prompts.jsonl"), `${prompts.join("\n")}\n`);
});
afterAll(async () => {
  await provider.close();
  spawnSync("tmux", ["-S", socket, "kill-server"]);
  rmSync(folder, { recursive: true, force: true });
});

function bashBlocks(): string[] {
  const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");
  return [...readme.matchAll(/```bash\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
}

test("the README's commands for one's own prompts lead to a packaged dataset", async () => {
  const block = bashBlocks().find((candidate) => candidate.includes("my-prompts.jsonl"));
  if (block === undefined) throw new Error("README.md has no bash block with my-prompts.jsonl");
  const env = cleanEnvironment({ HOME: folder, NEXA_TMUX_SOCKET: socket, OPENAI_BASE_URL: provider.baseUrl });
  const child = spawn("bash", ["-euc", block], {
    cwd: folder,
    env: { ...env, PATH: `${join(folder, "bin")}:${env.PATH}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run = await finish(child);
  expect(run.exitCode, run.stderr + run.stdout).toBe(0);
  const rows = readFileSync(join(folder, "my-task/data/processed/training/sft_dataset.jsonl"), "utf8")
    .trim()
    .split("\n");
  expect(rows).toHaveLength(40);
  expect(readFileSync(join(folder, "my-task/logs/packaging.log"), "utf8")).toContain(
    "nexa:tiny cannot be trained on this dataset",
  );
  expect(provider.answered).toBe(80);
});

test("every file that the README and the guide link to is there", () => {
  for (const [page, base] of [
    ["README.md", ""],
    ["docs/Pipeline/PIPELINE_GUIDE.md", "docs/Pipeline"],
  ] as const) {
    const text = readFileSync(join(repositoryRoot, page), "utf8");
    for (const [, link = ""] of text.matchAll(/\]\(([^)#:]+)\)/g))
      expect(existsSync(join(repositoryRoot, base, link)), `${page}: ${link}`).toBe(true);
  }
});
