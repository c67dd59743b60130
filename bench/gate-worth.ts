// What the gate is worth: the same training on the offline teacher's answers with and without its seeded defects.
//   node bench/gate-worth.ts [--only gated|ungated] [--prompts FILE] [--seeds 7,8,9] [--schedule '{"steps": 800}']
// Gated means the answers without a seeded defect, which is what the gate keeps when it catches every one.
import { parseArgs } from "node:util";
import { tinyScheduleSchema } from "../src/config/tiny-schedule.ts";
import { teacherAnswer } from "../src/models/bench-science/index.ts";
import { splitOf } from "../src/records/index.ts";
import type { TrainRow } from "../src/stages/train/embedded/index.ts";
import {
  type BenchPrompt,
  describeSeed,
  medianAccuracy,
  readPrompts,
  type SeedResult,
  shares,
  testPrompts,
  trainAndMeasure,
} from "./train-and-measure.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    prompts: { type: "string" },
    seeds: { type: "string", default: "7,8,9" },
    schedule: { type: "string", default: "{}" },
  },
});
const schedule = tinyScheduleSchema.parse(JSON.parse(values.schedule));
const prompts = await readPrompts(values.prompts);

function answerRows(split: "train" | "validation", { isGated }: { isGated: boolean }): TrainRow[] {
  return prompts.flatMap(({ id, prompt, group }: BenchPrompt): TrainRow[] => {
    const answer = teacherAnswer({ prompt, sample: 0 });
    if (answer === null) throw new Error(`The offline teacher does not know prompt ${id}.`);
    if (splitOf(group, shares) !== split || (isGated && answer.defect !== null)) return [];
    const messages = [
      { role: "user", content: prompt },
      { role: "assistant", content: answer.text },
    ] as const;
    return [{ id, messages }];
  });
}

for (const name of ["gated", "ungated"]) {
  if ((values.only ?? name) !== name) continue;
  const isGated = name === "gated";
  const rows = answerRows("train", { isGated });
  const validationRows = answerRows("validation", { isGated: true });
  console.log(`${name}: ${rows.length} training rows`);
  const results: SeedResult[] = [];
  for (const seed of values.seeds.split(",").map(Number)) {
    const result = await trainAndMeasure({ rows, validationRows, prompts: testPrompts(prompts), seed, schedule });
    results.push(result);
    console.log(`  ${describeSeed(result)}`);
  }
  console.log(`  median ${(100 * medianAccuracy(results)).toFixed(1)}%`);
}
