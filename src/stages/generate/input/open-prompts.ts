import { configDocuments } from "../../../config/index.ts";
import { DataError } from "../../../core/index.ts";
import { openTable } from "../../../records/index.ts";
import { type CheckOptions, checkPrompts } from "./check-prompts.ts";
import { assertUnchanged, fileChanged } from "./file-stamp.ts";
import type { InputFile, PromptsProject } from "./find-files.ts";
import type { NumberedPrompt } from "./numbered-prompt.ts";
import { createRowReader } from "./row-reader.ts";

/** The prompts of a project, all checked; they are read from their files whenever they are asked for, and never held. */
export interface PromptSource {
  readonly files: readonly InputFile[];
  /** How many are used. */
  readonly count: number;
  /**
   * The prompts that are used, in order; may be called as often as needed. With `wanted`, only those whose index it accepts.
   * @throws DataError where a file was changed since it was checked.
   */
  rows(wanted?: (index: number) => boolean): AsyncGenerator<IndexedPrompt>;
}

export interface IndexedPrompt {
  /** 0-based, among the prompts that are used. */
  readonly index: number;
  readonly prompt: NumberedPrompt;
}

/**
 * Reads all prompts once and checks every one, also those past `max_samples`: a fault is found before the first call, not after the
 * thousandth.
 * @throws DataError (exit 4) with every fault, by file and line, up to twenty: a file that is missing, empty, cut or not UTF-8, a row that
 * is no prompt, a column that is not there, an id that is given twice. ConfigError (exit 2) for a template that is no Jinja.
 */
export async function openPrompts(project: PromptsProject, options: CheckOptions = {}): Promise<PromptSource> {
  const { files, stamps, renamed, count } = await checkPrompts(project, options);
  return {
    files,
    count,
    async *rows(wanted = () => true) {
      const reader = createRowReader(project.distill, configDocuments.distill.path);
      let index = 0;
      for (const [number, file] of files.entries()) {
        if (index >= count) return;
        await assertUnchanged(file, stamps[number]);
        const table = await openTable(file.path, { projectPath: file.name });
        for await (const row of table.rows(reader.usedColumns(table.columns))) {
          if (index >= count) return;
          if (row instanceof DataError) throw fileChanged(file, row);
          if (wanted(index)) {
            const read = reader.tryRead(row, { file, table });
            if (read instanceof DataError) throw fileChanged(file, read);
            const { hasOwnId: _, ...prompt } = read;
            const id = renamed.get(index) ?? prompt.id;
            yield { index, prompt: { ...prompt, id } };
          }
          index++;
        }
        await assertUnchanged(file, stamps[number]);
      }
    },
  };
}
