import { z } from "zod";
import { DataError } from "../../core/index.ts";
import { type Message, messageSchema, readJsonl, splitNames } from "../../records/index.ts";

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
export async function readTrainingRows(path: string): Promise<TrainingRows> {
  const rows: TrainingRows = { train: [], validation: [] };
  for await (const { value, line } of readJsonl(path)) {
    const parsed = rowSchema.safeParse(value);
    if (!parsed.success) {
      const fault = parsed.error.issues[0];
      throw new DataError(`not a packaged row: ${fault?.path.join(".")}: ${fault?.message}`, {
        file: path,
        row: line,
        hint: "Run `nexa package`, which writes this file.",
      });
    }
    const { id, messages, split } = parsed.data;
    if (split !== "test") rows[split].push({ id, messages });
  }
  return rows;
}
