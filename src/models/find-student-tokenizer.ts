import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Where the tokenizer of a student is: `nexa:tiny`, or the absolute path of a folder with its tokenizer.json, which is a folder that the
 * model's name leads to from the project, or its place in the Hugging Face cache; null where it is not on this machine. Nothing is fetched.
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export async function findStudentTokenizer(
  model: string,
  { dir, env = process.env }: { readonly dir: string; readonly env?: Readonly<Record<string, string | undefined>> },
): Promise<string | null> {
  if (model === "nexa:tiny") return model;
  const candidates = [resolve(dir, model), await cachedSnapshot(model, env)];
  return candidates.find((folder) => folder !== null && existsSync(join(folder, "tokenizer.json"))) ?? null;
}

async function cachedSnapshot(
  model: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "huggingface");
  const folder = join(env.HF_HUB_CACHE ?? join(home, "hub"), `models--${model.replaceAll("/", "--")}`);
  try {
    return join(folder, "snapshots", (await readFile(join(folder, "refs", "main"), "utf8")).trim());
  } catch {
    return null;
  }
}
