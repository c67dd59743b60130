// How many unseen requests nexa:tiny answers correctly, before and after training, by seed.
//   nexa run, or another way to make the dataset, then
//   node bench/student-accuracy.ts [--dataset FILE] [--prompts FILE] [--seeds 7,8,9] [--schedule '{"steps": 800}']
// The test prompts are all those of the test split, whether the gate kept the teacher's answer or not.
import { parseArgs } from "node:util";
import { tinyScheduleSchema } from "../src/config/tiny-schedule.ts";
import { readJsonl } from "../src/records/index.ts";
import type { TrainRow } from "../src/stages/train/embedded/index.ts";
import {
  describeSeed,
  medianAccuracy,
  readPrompts,
  type SeedResult,
  testPrompts,
  trainAndMeasure,
} from "./train-and-measure.ts";

const { values } = parseArgs({
  options: {
    dataset: { type: "string", default: "data/processed/training/sft_dataset.jsonl" },
    prompts: { type: "string" },
    seeds: { type: "string", default: "7,8,9" },
    schedule: { type: "string", default: "{}" },
  },
});

const rows: TrainRow[] = [];
const validationRows: TrainRow[] = [];
for await (const { value } of readJsonl(values.dataset)) {
  const row = value as TrainRow & { split: string };
  if (row.split === "train") rows.push(row);
  if (row.split === "validation") validationRows.push(row);
}
const schedule = tinyScheduleSchema.parse(JSON.parse(values.schedule));
const prompts = testPrompts(await readPrompts(values.prompts));
console.log(`${rows.length} training rows, ${prompts.length} unseen requests`);

const results: SeedResult[] = [];
for (const seed of values.seeds.split(",").map(Number)) {
  const result = await trainAndMeasure({ rows, validationRows, prompts, seed, schedule });
  results.push(result);
  console.log(describeSeed(result));
}
console.log(`median ${(100 * medianAccuracy(results)).toFixed(1)}% of ${results.length} seeds`);
