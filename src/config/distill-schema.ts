import { z } from "zod";
import { modelName, projectPath } from "./schema-parts.ts";

/** nexa_distill/configs/distill_config.yaml: who answers which prompts, and for how much. */
export const distillSchema = z.strictObject({
  prompts: projectPath
    .default("data/prompts/bench_science.jsonl")
    .describe("JSONL file of prompt rows, relative to the project."),
  max_samples: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("Use only the first so many prompts; null for all of them."),
  teacher: z
    .strictObject({
      model: modelName
        .default("gpt-4o-mini")
        .describe("The model that answers: provider:name, a name under models:, or a bare OpenAI name."),
      offline: modelName
        .nullable()
        .default("nexa:bench-science")
        .describe("Used, loudly, where the model has no key or no budget; null makes that an error."),
      system_prompt_path: projectPath
        .nullable()
        .default("nexa_distill/prompts/teacher_system.md")
        .describe("Markdown file sent as the system message; null for none."),
      temperature: z.number().min(0).max(2).default(0.7).describe("Sampling temperature, 0 to 2."),
      top_p: z
        .number()
        .gt(0)
        .max(1)
        .nullable()
        .default(null)
        .describe("Nucleus sampling share, or null for the provider's default."),
      seed: z.int().nullable().default(null).describe("Sampling seed, where the provider takes one."),
      max_tokens: z.int().min(1).default(512).describe("Most tokens in an answer."),
    })
    .prefault({}),
  batch_size: z
    .int()
    .min(1)
    .default(8)
    .describe("Calls in flight at the start; the limiter goes on from there, nothing waits for a batch to end."),
  max_concurrency: z.int().min(1).default(512).describe("Most calls in flight."),
  samples_per_prompt: z.int().min(1).max(100).default(1).describe("Answers asked for each prompt."),
  max_retries: z
    .int()
    .min(0)
    .max(100)
    .default(8)
    .describe("Tries after the first for a call that failed in a way that may pass."),
  budget_usd: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe("Most dollars that this project may spend on model calls, over all runs; null for none."),
  output: projectPath
    .default("data/processed/distillation/teacher_outputs/teacher_outputs_v1.parquet")
    .describe("Teacher outputs, one row per prompt and sample."),
});

export type DistillConfig = z.infer<typeof distillSchema>;
