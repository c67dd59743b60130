import { resolve } from "node:path";
import { distillSchema } from "../../../config/distill-schema.ts";
import { checkPrompts } from "./check-prompts.ts";

/**
 * Checks a file of prompts that belongs to no project yet, by the keys' own names. @returns the number of prompts.
 * @throws DataError (exit 4) with every fault, by file and line.
 */
export async function checkPromptsFile(path: string): Promise<number> {
  const dir = process.cwd();
  const distill = distillSchema.parse({ prompts: path });
  const { count } = await checkPrompts({ dir, distill, path: (...parts) => resolve(dir, ...parts) });
  return count;
}
