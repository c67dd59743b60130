import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { distillSchema } from "../../../config/distill-schema.ts";
import type { CheckOptions } from "./check-prompts.ts";
import type { NumberedPrompt } from "./numbered-prompt.ts";
import { openPrompts, type PromptSource } from "./open-prompts.ts";

/** A folder with prompts, read as a project's with these settings. */
export interface PromptsFolder extends Disposable {
  readonly dir: string;
  write(path: string, content: string | Uint8Array): string;
  open(settings?: object, options?: CheckOptions): Promise<PromptSource>;
  read(settings?: object, options?: CheckOptions): Promise<NumberedPrompt[]>;
}

export function createPromptsFolder(): PromptsFolder {
  const dir = mkdtempSync(join(tmpdir(), "nexa-prompts-"));
  const open: PromptsFolder["open"] = (settings = {}, options = {}) => {
    const distill = distillSchema.parse({ prompts: "data/prompts.jsonl", ...settings });
    return openPrompts({ dir, distill, path: (...parts) => resolve(dir, ...parts) }, options);
  };
  return {
    dir,
    write(path, content) {
      const absolute = join(dir, path);
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, content);
      return absolute;
    },
    open,
    async read(settings, options) {
      return collect(await open(settings, options));
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true }),
  };
}

export async function collect(source: PromptSource): Promise<NumberedPrompt[]> {
  const prompts: NumberedPrompt[] = [];
  for await (const { prompt } of source.rows()) prompts.push(prompt);
  return prompts;
}
