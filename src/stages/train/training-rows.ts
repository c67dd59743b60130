import { z } from "zod";
import { DataError, toSafeLine } from "../../core/index.ts";
import { type Message, messageSchema, type ReadOptions, readJsonl, splitNames } from "../../records/index.ts";

export interface TrainingRow {
  readonly id: string;
  readonly messages: readonly Message[];
}

export interface TrainingRows {
  readonly train: TrainingRow[];
  readonly validation: TrainingRow[];
}

const rowSchema = z.object({
  id: z.string().min(1),
  messages: z.array(messageSchema).min(2),
  split: z.enum(splitNames),
});

/**
 * The packaged rows that training sees; the test split is left where it is.
 * @throws DataError with file and line for a row that is not a packaged one.
 */
export async function readTrainingRows(path: string, options: ReadOptions = {}): Promise<TrainingRows> {
  const rows: TrainingRows = { train: [], validation: [] };
  for await (const { value, line } of readJsonl(path, options)) {
    const parsed = rowSchema.safeParse(value);
    if (!parsed.success) {
      const fault = parsed.error.issues[0];
      const problem = `${fault?.path.join(".") || "the row"}: ${fault?.message}`;
      throw new DataError(`not a packaged row: ${toSafeLine(problem)}`, {
        file: options.projectPath ?? path,
        row: line,
        hint: "Run `nexa package`, which writes this file.",
      });
    }
    const { id, messages, split } = parsed.data;
    if (split !== "test") rows[split].push({ id, messages });
  }
  return rows;
}
