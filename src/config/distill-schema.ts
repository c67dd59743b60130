import { z } from "zod";
import { dataPath, modelName, projectPath } from "./schema-parts.ts";

/** Efforts that AI SDK's call options know. */
const reasoningEfforts = ["none", "minimal", "low", "medium", "high", "xhigh"] as const;

const column = z.string().min(1).nullable().default(null);

/** nexa_distill/configs/distill_config.yaml: who answers which prompts, and for how much. */
export const distillSchema = z.strictObject({
  prompts: z
    .union([dataPath, z.array(dataPath).min(1)])
    .default("data/prompts/bench_science.jsonl")
    .describe(
      "Prompt rows: a file, a folder, a glob, or a list of them, relative to the project. JSONL, CSV, Parquet, or a Hugging Face dataset folder.",
    ),
  prompts_split: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("The split of a Hugging Face dataset folder; needed where it has several."),
  columns: z
    .strictObject({
      id: column.describe("Column with the row's id; made from the content where there is none."),
      prompt: column.describe("Column with the user's message."),
      messages: column.describe("Column with a conversation: a list of {role, content}, or ShareGPT's {from, value}."),
      system: column.describe("Column with a system message."),
      category: column.describe("Column with a category."),
      expects_json: column.describe("Column that says whether the answer must be JSON."),
      reference: column.describe("Column with a known good answer."),
      group: column.describe("Column with the group: rows of one group are in the same split."),
    })
    .prefault({})
    .describe("Which columns to read, where they are not named as the keys here."),
  prompt_template: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Jinja template of the user's message over the row's columns, e.g. \"Summarize: {{ text }}\"."),
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
      stop: z
        .array(z.string().min(1))
        .max(16)
        .default([])
        .describe("Texts that end the answer, which does not hold them."),
      reasoning_effort: z
        .enum(reasoningEfforts)
        .nullable()
        .default(null)
        .describe("How much a reasoning model thinks; null for the provider's default."),
      response_schema_path: projectPath
        .nullable()
        .default(null)
        .describe("JSON Schema file that every answer must follow; null for plain text."),
    })
    .prefault({}),
  batch_size: z
    .int()
    .min(1)
    .default(8)
    .describe("Calls in flight at the start; the limiter goes on from there, nothing waits for a batch to end."),
  max_concurrency: z.int().min(1).default(512).describe("Most calls in flight."),
  samples_per_prompt: z.int().min(1).max(100).default(1).describe("Answers asked for each prompt."),
  mode: z
    .enum(["realtime", "batch", "auto"])
    .default("realtime")
    .describe(
      "realtime: a call a row; batch: the provider's Batch API, cheaper and slower; auto: the bulk by batch, rests and retries in real time.",
    ),
  batch: z
    .strictObject({
      min_calls: z.int().min(1).default(200).describe("Under auto, fewer calls than this go in real time."),
      max_calls: z
        .int()
        .min(1)
        .nullable()
        .default(null)
        .describe("Most calls in one batch; null for the provider's own limit."),
      poll_seconds: z
        .number()
        .gt(0)
        .default(15)
        .describe("Seconds between two looks at a batch at first; grows to twenty times that."),
    })
    .prefault({}),
  when_quota_ends: z
    .enum(["wait", "stop"])
    .default("wait")
    .describe("At the end of a day's quota: wait for the next day with a countdown, or stop."),
  max_failed_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("The stage stops where more than this share of its calls fails for good (after the first 50)."),
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
