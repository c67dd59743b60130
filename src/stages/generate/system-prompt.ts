import { readFile } from "node:fs/promises";
import type { Project } from "../../config/index.ts";
import { ConfigError, systemErrorCode } from "../../core/index.ts";

/**
 * The teacher's system prompt, without white space around it; null where the configuration names none.
 * @throws ConfigError (exit 2) naming the file when it is missing, empty or not UTF-8.
 */
export async function readSystemPrompt(project: Project): Promise<string | null> {
  const file = project.distill.teacher.system_prompt_path;
  if (file === null) return null;
  const text = decode(await readBytes(project, file), file).trim();
  if (text === "")
    throw new ConfigError("the system prompt is empty", {
      file,
      hint: "Write one, or set teacher.system_prompt_path to null.",
    });
  return text;
}

async function readBytes(project: Project, file: string): Promise<Buffer> {
  try {
    return await readFile(project.path(file));
  } catch (error) {
    const isMissing = systemErrorCode(error) === "ENOENT";
    throw new ConfigError(
      isMissing ? "the system prompt's file is missing" : `the file cannot be read (${systemErrorCode(error)})`,
      {
        file,
        hint: "teacher.system_prompt_path names it: write the file, or set the key to null for no system prompt.",
        cause: error,
      },
    );
  }
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError("the file is not UTF-8 text", { file, hint: "Save it as UTF-8.", cause: error });
  }
}
