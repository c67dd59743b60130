import { z } from "zod";
import { modelName, projectPath } from "./schema-parts.ts";

const dollarsPerMillion = z.number().min(0);

/** One entry of `models:`, a server or a price that the providers' defaults do not know. */
const limit = z.int().min(1).nullable().default(null);

const jsonObject = z.record(z.string(), z.json());

const modelEntryFields = z.strictObject({
  provider: z
    .union([
      z.enum(["openai", "openai-responses", "openai-compatible", "anthropic", "google"]),
      z.string().regex(/^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/, { error: "the name of an AI SDK provider package" }),
    ])
    .optional()
    .describe(
      "The protocol that the server speaks, or an AI SDK provider package such as @ai-sdk/mistral; openai-compatible where base_url is given, openai otherwise.",
    ),
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
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      "Headers sent with each call; a key stands in an environment variable that the value names, see docs/Pipeline/MODELS.md.",
    ),
  price: z
    .union([
      z.literal(0),
      z.strictObject({
        input_usd_per_million: dollarsPerMillion.describe("Dollars for a million prompt tokens."),
        output_usd_per_million: dollarsPerMillion.describe("Dollars for a million completion tokens."),
        cached_input_usd_per_million: dollarsPerMillion
          .optional()
          .describe("Dollars for a million prompt tokens that the provider had cached; the input price when left out."),
        batch_share: z
          .number()
          .min(0)
          .max(1)
          .optional()
          .describe("What a call by batch costs, as a share of the price; 0.5 for providers known for that, else 1."),
      }),
    ])
    .optional()
    .describe("0 for a server that costs nothing a call; left out, the published price."),
  limits: z
    .strictObject({
      requests_per_minute: limit.describe("Requests a minute."),
      tokens_per_minute: limit.describe("Prompt and completion tokens a minute, together."),
      input_tokens_per_minute: limit.describe("Prompt tokens a minute."),
      output_tokens_per_minute: limit.describe("Completion tokens a minute."),
      requests_per_day: limit.describe("Requests a day, which begins at midnight UTC."),
      concurrency: limit.describe("Calls in flight."),
    })
    .prefault({})
    .describe("The account's limits where the server does not tell them; null for none or learnt."),
  batch: z
    .boolean()
    .optional()
    .describe("Whether an OpenAI-compatible server has /files and /batches; OpenAI, Anthropic and Google have them."),
  settings: jsonObject
    .default({})
    .describe("Further settings for an AI SDK provider package, e.g. a region; no secrets here."),
  provider_options: jsonObject
    .default({})
    .describe("Options sent with each call, by AI SDK provider name; part of what makes two calls the same."),
});

/** An entry without an address means OpenAI's own, which is neither another protocol's server nor free. */
const modelEntrySchema = modelEntryFields.superRefine(({ provider, base_url, price }, context) => {
  const isOpenai = provider === undefined || provider === "openai" || provider === "openai-responses";
  if (base_url !== undefined || (provider !== "openai-compatible" && !(isOpenai && price === 0))) return;
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
/** As it is written: with its defaults left out. */
export type ModelEntry = z.input<typeof modelEntrySchema>;
