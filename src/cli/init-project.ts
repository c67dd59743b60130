import { copyFile, cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDocument } from "yaml";
import { DataError, explainWriteError, systemErrorCode, UsageError } from "../core/index.ts";
import { formatCommand } from "../pipeline/command-line.ts";

export interface InitOptions {
  readonly dir: string;
  /** File or folder of the user's own prompts, of any kind that `generate` reads. */
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

/** @throws DataError whose hint can be followed here, where there is no configuration yet. */
async function checkPrompts(path: string): Promise<void> {
  await stat(path).catch(() => {
    if (!/[*?[{]/.test(path)) return;
    throw new UsageError(`--prompts takes one file or folder, not the pattern ${path}`, {
      hint: "Name the folder; or make the project without --prompts, and name the files under `prompts` in its distill_config.yaml.",
    });
  });
  const { checkPromptsFile } = await import("../stages/generate/index.ts");
  try {
    await checkPromptsFile(path);
  } catch (error) {
    const hint = error instanceof DataError ? hints[error.code] : undefined;
    if (!(error instanceof DataError) || hint === undefined) throw error;
    const { file, row, code, exitCode } = error;
    const message = error.message.replace(`${file}${row === undefined ? "" : `:${row}`}: `, "");
    throw new DataError(message, { file, row, code, exitCode, hint: hint(error.hint ?? ""), cause: error });
  }
}

/** What to do instead of setting a key of a configuration that is not there. */
const nameOne = (): string => "Name one of them alone, its folder or its file: `--prompts FOLDER/SPLIT`.";
const hints: Readonly<Record<string, (usual: string) => string>> = {
  unknown_split: nameOne,
  several_configs: nameOne,
  no_prompt: (usual) =>
    `${usual} That is done in distill_config.yaml of a project: make it without --prompts, and name the file under \`prompts\` there, too.`,
};

async function fillProject(draft: string, promptsFile: string | undefined): Promise<void> {
  await mkdir(join(draft, "data/prompts"), { recursive: true });
  for (const part of exampleParts) await cp(join(packageRoot, part), join(draft, part), { recursive: true });
  await writeFile(join(draft, ".gitignore"), ignored);
  if (promptsFile === undefined) {
    await copyFile(join(packageRoot, bundledPrompts), join(draft, bundledPrompts));
    return;
  }
  const own = ownPromptsPath(promptsFile);
  // What a name with a dot before it holds is never read; links lead out of the project.
  const filter = (source: string): boolean => source === promptsFile || !basename(source).startsWith(".");
  await cp(promptsFile, join(draft, own), { recursive: true, dereference: true, filter });
  await nameOwnPrompts(join(draft, "nexa_distill/configs/distill_config.yaml"), own);
}

/** Rewrites one key; the file's comments stay. */
async function nameOwnPrompts(configPath: string, promptsPath: string): Promise<void> {
  const document = parseDocument(await readFile(configPath, "utf8"));
  document.set("prompts", promptsPath);
  await writeFile(configPath, document.toString({ lineWidth: 0 }));
}

/** Its own name, as its ending says what it holds; without what a shell or a pattern takes for something else. */
function ownPromptsPath(path: string): string {
  const name = basename(resolve(path))
    .replace(/[^A-Za-z0-9._-]+/g, "_")
    .replace(/^[.]+/, "prompts.");
  return `data/prompts/${name}`;
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
