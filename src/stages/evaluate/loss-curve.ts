import { readFile } from "node:fs/promises";
import { z } from "zod";
import { DataError, systemErrorCode } from "../../core/index.ts";

const eventSchema = z.object({
  step: z.int().min(0),
  loss: z.number().optional(),
  eval_loss: z.number().nullish(),
});

export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

/** The losses of a training run by step; a step that was repeated after a resume counts once, with its last value. */
export interface LossCurve {
  readonly training: readonly LossPoint[];
  readonly validation: readonly LossPoint[];
}

/**
 * Reads a checkpoint's events.jsonl. A line that is cut, as a kill leaves one, and events without a step are passed over.
 * @throws DataError when the file is missing or holds no loss at all.
 */
export async function readLossCurve(file: string): Promise<LossCurve> {
  const training = new Map<number, number>();
  const validation = new Map<number, number>();
  for (const line of (await readEvents(file)).split("\n")) {
    const event = parseEvent(line);
    if (event === null) continue;
    if (event.loss !== undefined) training.set(event.step, event.loss);
    if (typeof event.eval_loss === "number") validation.set(event.step, event.eval_loss);
  }
  if (training.size === 0) {
    throw new DataError("no loss of any training step in it", {
      file,
      code: "events",
      hint: "Train again with `nexa train`.",
    });
  }
  return { training: byStep(training), validation: byStep(validation) };
}

/** Means over equal stretches, at most `count` of them, so that a long run stays readable and small. */
export function thinCurve(points: readonly LossPoint[], count: number): LossPoint[] {
  if (points.length <= count) return [...points];
  const size = Math.ceil(points.length / count);
  const means: LossPoint[] = [];
  for (let start = 0; start < points.length; start += size) {
    const stretch = points.slice(start, start + size);
    const total = stretch.reduce((sum, { loss }) => sum + loss, 0);
    means.push({ step: stretch.at(-1)?.step ?? 0, loss: total / stretch.length });
  }
  return means;
}

async function readEvents(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = systemErrorCode(error);
    throw new DataError(
      code === "ENOENT" ? "the training's events are missing" : `the training's events cannot be read (${code})`,
      {
        file,
        code: "events",
        hint: "Train again with `nexa train`.",
        cause: error,
      },
    );
  }
}

function parseEvent(line: string): z.infer<typeof eventSchema> | null {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function byStep(points: ReadonlyMap<number, number>): LossPoint[] {
  return [...points].map(([step, loss]) => ({ step, loss })).sort((a, b) => a.step - b.step);
}
