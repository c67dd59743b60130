import { isAbsolute, normalize } from "node:path";
import { z } from "zod";

/** A path inside the project folder: relative, and not climbing out of it. */
export const projectPath = z
  .string()
  .min(1)
  .refine((path) => !isAbsolute(path) && !normalize(path).startsWith(".."), {
    error: "a path inside the project folder (relative, without `..` at its start)",
  });

/** A path to read from, relative to the project or absolute; may be a glob. */
export const dataPath = z.string().min(1);

/** `provider:name`, a name under `models:`, or a bare OpenAI name. */
export const modelName = z.string().regex(/^[^\s:]+(:\S+)?$/, {
  error: "a model such as `gpt-4o-mini`, `openai-compatible:llama` or `nexa:bench-science`",
});
