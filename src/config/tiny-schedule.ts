import { z } from "zod";

/** How nexa:tiny is built and trained; the defaults are the measured recipe of docs/experiments.md. */
export const tinyScheduleSchema = z
  .strictObject({
    steps: z.int().min(1).default(1600).describe("Optimizer steps."),
    batch_size: z
      .int()
      .min(2)
      .multipleOf(2)
      .default(16)
      .describe("Training rows a step; an even number, as two threads share them."),
    warmup_steps: z.int().min(0).default(40).describe("Steps over which the learning rates rise to their peaks."),
    learning_rate: z
      .number()
      .gt(0)
      .max(1)
      .default(0.01)
      .describe("Peak learning rate of Muon, for the matrices inside the layers."),
    adam_learning_rate: z
      .number()
      .gt(0)
      .max(1)
      .default(0.002)
      .describe("Peak learning rate of Adam, for the embedding and the norms."),
    final_learning_rate_share: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe("Share of the peak learning rates that is left at the last step, after a cosine."),
    eval_steps: z.int().min(1).default(200).describe("Steps between measurements of the validation loss."),
    hidden_size: z.int().min(4).default(64).describe("Width of the hidden state; heads times an even number."),
    intermediate_size: z.int().min(1).default(128).describe("Width of the feed-forward layers."),
    layers: z.int().min(1).default(2).describe("Transformer layers."),
    heads: z.int().min(1).default(4).describe("Attention heads a layer."),
  })
  .refine(({ hidden_size, heads }) => hidden_size % (2 * heads) === 0, {
    error: "hidden_size must be heads times an even number",
    path: ["hidden_size"],
  });

export type TinySchedule = z.infer<typeof tinyScheduleSchema>;
