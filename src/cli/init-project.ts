import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDocument } from "yaml";
import { explainWriteError, systemErrorCode, UsageError } from "../core/index.ts";
import { formatCommand } from "../pipeline/command-line.ts";

export interface InitOptions {
  readonly dir: string;
  /** JSONL file of the user's own prompts. */
  readonly promptsFile?: string | undefined;
}

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
const exampleParts = ["nexa.yaml", "nexa_distill", "nexa_train", "schemas", "docs/Pipeline/CONFIGURATION.md"] as const;
const bundledPrompts = "data/prompts/bench_science.jsonl";
const ignored = "# made by nexa\n.nexa/\nlogs/\nartifacts/\ndata/processed/\n";

/**
 * Makes a project folder, whole or not at all: it is filled beside its place and then renamed.
 * @returns lines that say what was made and what to do next.
 * @throws UsageError (exit 2) when the folder exists and is not empty, DataError (exit 4) when the prompts cannot be used.
 */
export async function initProject({ dir, promptsFile }: InitOptions): Promise<string[]> {
  const target = resolve(dir);
  await assertFree(target);
  if (promptsFile !== undefined) await checkPrompts(promptsFile);
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    await fillProject(draft, promptsFile);
    await rm(target, { recursive: true, force: true });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw explainWriteError(target, error);
  }
  return describeProject(dir, promptsFile);
}

async function assertFree(target: string): Promise<void> {
  const entries = await readdir(target).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw new UsageError(`${target} is not a folder that can be filled (${systemErrorCode(error)})`);
  });
  if (entries.length === 0 && target !== process.cwd()) return;
  if (entries.length === 0)
    throw new UsageError(`${target} is the current folder`, { hint: "Name a new one: nexa init demo" });
  throw new UsageError(`${target} is not empty`, {
    hint: "Name a new folder, or an empty one: nothing is overwritten.",
  });
}

async function checkPrompts(file: string): Promise<void> {
  const { checkPromptsFile } = await import("../stages/generate/index.ts");
  await checkPromptsFile(file);
}

async function fillProject(draft: string, promptsFile: string | undefined): Promise<void> {
  await mkdir(join(draft, "data/prompts"), { recursive: true });
  for (const part of exampleParts) await cp(join(packageRoot, part), join(draft, part), { recursive: true });
  await writeFile(join(draft, ".gitignore"), ignored);
  if (promptsFile === undefined) {
    await copyFile(join(packageRoot, bundledPrompts), join(draft, bundledPrompts));
    return;
  }
  const own = ownPromptsPath(promptsFile);
  await copyFile(promptsFile, join(draft, own));
  await nameOwnPrompts(join(draft, "nexa_distill/configs/distill_config.yaml"), own);
}

/** Rewrites one key; the file's comments stay. */
async function nameOwnPrompts(configPath: string, promptsPath: string): Promise<void> {
  const document = parseDocument(await readFile(configPath, "utf8"));
  document.set("prompts", promptsPath);
  await writeFile(configPath, document.toString({ lineWidth: 0 }));
}

function ownPromptsPath(file: string): string {
  const name =
    basename(file, extname(file))
      .replace(/[^A-Za-z0-9._-]+/g, "_")
      .replace(/^[.]+/, "") || "prompts";
  return `data/prompts/${name}.jsonl`;
}

function describeProject(dir: string, promptsFile: string | undefined): string[] {
  const command = (words: string): string => formatCommand(words, { projectDir: resolve(dir) });
  const made = `Made ${dir}: configuration, prompts and rubric to read and change.`;
  if (promptsFile === undefined) {
    return [made, `Next: ${command("run")}        (no key needed: the offline teacher answers the example's prompts)`];
  }
  return [
    made,
    `Next: ${command("plan")}       (rows, calls and cost; your prompts need a real teacher:`,
    `      export OPENAI_API_KEY=..., then ${command("launch --until package --budget DOLLARS")}, or a server of your own under models: in nexa.yaml)`,
  ];
}
