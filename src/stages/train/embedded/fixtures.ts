import { type DilutionRequest, formatPrompt, teacherAnswer } from "../../../models/bench-science/index.ts";
import { type TinySchedule, tinyScheduleSchema } from "../../../student/index.ts";
import type { TrainRow } from "./render-rows.ts";

/** Rows of the bundled task, for tests: all good answers, 50 mL upwards. */
export function exampleRows(count: number): TrainRow[] {
  const rows: TrainRow[] = [];
  for (let volume = 50; rows.length < count; volume += 10) {
    const request: DilutionRequest = {
      volume,
      unit: "mL",
      finalMillimolar: 1 + (volume % 12),
      stockMillimolar: 5 * (1 + (volume % 12)),
      solute: "glucose",
      purpose: "PCR",
      expectsJson: false,
    };
    const prompt = formatPrompt(request);
    const answer = teacherAnswer({ prompt, sample: 0 });
    if (answer === null || answer.defect !== null) continue;
    const messages = [
      { role: "user", content: prompt },
      { role: "assistant", content: answer.text },
    ] as const;
    rows.push({ id: `row-${volume}`, messages });
  }
  return rows;
}

/** A student so small that a step takes a few milliseconds. */
export function exampleSchedule(overrides: Partial<TinySchedule> = {}): TinySchedule {
  return tinyScheduleSchema.parse({
    steps: 20,
    batch_size: 4,
    warmup_steps: 2,
    eval_steps: 10,
    hidden_size: 8,
    intermediate_size: 12,
    layers: 1,
    heads: 2,
    ...overrides,
  });
}
