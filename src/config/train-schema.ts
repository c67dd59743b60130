import { z } from "zod";
import { modelName } from "./schema-parts.ts";
import { tinyScheduleSchema } from "./tiny-schedule.ts";

/** nexa_train/configs/baseline_distill.yaml: which student, and how it is trained. */
export const trainSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: "letters, digits, dots, dashes and underscores" })
    .default("baseline_distill")
    .describe("Name of the run; the checkpoint goes to artifacts/checkpoints/<name>/."),
  student: z
    .strictObject({
      model: modelName
        .default("HuggingFaceTB/SmolLM2-135M-Instruct")
        .describe("A Hugging Face model id, or nexa:tiny."),
      offline: z
        .enum(["nexa:tiny"])
        .nullable()
        .default("nexa:tiny")
        .describe("Used, loudly, where the model's training environment is not set up; null makes that an error."),
    })
    .prefault({}),
  distributed: z
    .strictObject({
      processes: z.int().min(1).default(2).describe("Training processes, at most; for nexa:tiny, threads."),
      strategy: z.enum(["ddp", "fsdp"]).default("ddp").describe("How processes share a Hub student."),
    })
    .prefault({}),
  precision: z
    .enum(["bf16", "fp16", "fp32"])
    .default("bf16")
    .describe("Number format of a Hub student's matrix products; nexa:tiny trains in fp32."),
  training: z
    .strictObject({
      epochs: z.number().gt(0).default(3).describe("Passes over the training rows of a Hub student."),
      global_batch_size: z.int().min(1).default(64).describe("Rows a step over all processes."),
      learning_rate: z.number().gt(0).default(2e-4).describe("Peak learning rate."),
      max_length: z.int().min(1).default(2048).describe("Longest row in tokens."),
      packing: z.boolean().default(true).describe("Put several rows into one sequence."),
      method: z.enum(["full", "lora"]).default("lora").describe("Which weights are trained."),
      seed: z.int().min(0).default(7).describe("Seed of the initial weights and of the row order, for every student."),
      checkpoint_steps: z.int().min(1).default(100).describe("Steps between checkpoints, for every student."),
    })
    .prefault({}),
  tiny: tinyScheduleSchema.prefault({}).describe("The schedule of nexa:tiny."),
});

export type TrainConfig = z.infer<typeof trainSchema>;
