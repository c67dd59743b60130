import { z } from "zod";
import { modelName, projectPath } from "./schema-parts.ts";

const dollarsPerMillion = z.number().min(0);

/** One entry of `models:`, a server or a price that the providers' defaults do not know. */
const modelEntryFields = z.strictObject({
  provider: z
    .enum(["openai", "openai-responses", "openai-compatible"])
    .optional()
    .describe("The protocol that the server speaks; openai-compatible where base_url is given, openai otherwise."),
  model: z.string().min(1).optional().describe("The model's name at the server; the entry's own name when left out."),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("The server's address up to and with /v1."),
  api_key_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .optional()
    .describe("The environment variable that holds the key; never the key itself."),
  headers: z.record(z.string(), z.string()).default({}).describe("Headers sent with each call; no secrets here."),
  price: z
    .union([
      z.literal(0),
      z.strictObject({
        input_usd_per_million: dollarsPerMillion.describe("Dollars for a million prompt tokens."),
        output_usd_per_million: dollarsPerMillion.describe("Dollars for a million completion tokens."),
      }),
    ])
    .optional()
    .describe("0 for a server that costs nothing a call; left out, the published price."),
});

/** An entry without an address means OpenAI's own, which is neither another protocol's server nor free. */
const modelEntrySchema = modelEntryFields.superRefine(({ provider, base_url, price }, context) => {
  if (base_url !== undefined || (provider !== "openai-compatible" && price !== 0)) return;
  context.addIssue({
    code: "custom",
    path: ["base_url"],
    message: "the server's address, such as http://127.0.0.1:8000/v1",
  });
});

const share = z.number().min(0).max(1);

/** nexa.yaml: what belongs to no single stage. */
export const nexaSchema = z.strictObject({
  packaging: z
    .strictObject({
      formats: z
        .array(z.enum(["messages"]))
        .min(1)
        .default(["messages"])
        .describe("Row formats written to the SFT dataset."),
      split: z
        .strictObject({
          train: share.default(0.85).describe("Share of the prompts' groups that is trained on."),
          validation: share.default(0.05).describe("Share that is watched during training."),
          test: share.default(0.1).describe("Share that is kept for the evaluation."),
        })
        .refine((split) => Math.abs(split.train + split.validation + split.test - 1) < 1e-9, {
          error: "shares that add up to 1",
        })
        .prefault({}),
      include_system: z.boolean().default(true).describe("Put the teacher's system message into the packaged rows."),
      output: projectPath
        .default("data/processed/training/sft_dataset.jsonl")
        .describe("All packaged rows; a .parquet of the same name stands beside it."),
    })
    .prefault({}),
  evaluation: z
    .strictObject({
      against: z
        .array(z.enum(["untrained", "teacher"]))
        .default(["untrained", "teacher"])
        .describe("What the trained student is compared with."),
      checks: z.enum(["auto", "none"]).default("auto").describe("auto: answers that a program can check are checked."),
      max_tokens: z.int().min(1).default(512).describe("Most tokens in a student's answer."),
      examples: z.int().min(0).max(200).default(8).describe("Answers shown side by side in the report."),
    })
    .prefault({}),
  models: z
    .record(modelName, modelEntrySchema)
    .default({})
    .describe("Servers and prices by the name used elsewhere as `model`."),
  launcher: z.enum(["tmux", "foreground"]).default("tmux").describe("Where `nexa launch` runs the stages."),
  report: projectPath
    .default("artifacts/reports/report.json")
    .describe("The evaluation's report; a .html of the same name stands beside it."),
});

export type NexaConfig = z.infer<typeof nexaSchema>;
export type ModelEntry = z.infer<typeof modelEntrySchema>;
