import { z } from "zod";
import { modelName, projectPath } from "./schema-parts.ts";

export const defaultActionVerbs = [
  "analyze",
  "assess",
  "calibrate",
  "compare",
  "culture",
  "evaluate",
  "incubate",
  "measure",
  "mix",
  "prepare",
  "run",
  "simulate",
  "synthesize",
  "test",
  "validate",
] as const;

/** nexa_distill/configs/filters.yaml: which answers are worth learning from. */
export const filtersSchema = z.strictObject({
  basic: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Run the basic filters."),
      min_char_length: z.int().min(0).default(120).describe("Fewest characters (code points) in an answer."),
      min_token_length: z.int().min(0).default(80).describe("Fewest tokens in an answer, counted in `tokenizer`."),
      tokenizer: z
        .enum(["o200k_base", "cl100k_base"])
        .default("o200k_base")
        .describe("The tokenizer in which min_token_length is counted."),
      require_action_verb: z.boolean().default(true).describe("Reject answers without one of allowed_action_verbs."),
      allowed_action_verbs: z
        .array(z.string().regex(/^[\p{L}-]+$/u, { error: "a single verb" }))
        .min(1)
        .default([...defaultActionVerbs])
        .describe("Verbs in their base form; inflections count too."),
      ban_citations: z
        .boolean()
        .default(true)
        .describe("Reject answers that cite: [12], (Smith et al., 2019), doi:, arXiv:, PMID, URLs."),
    })
    .prefault({}),
  sample_gate: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Run SampleGate: judge score, JSON validity, safety flags."),
      min_judge_score: z.number().min(0).max(1).default(0.8).describe("Lowest judge score that is kept, 0 to 1."),
      require_valid_json: z
        .union([z.boolean(), z.literal("auto")])
        .default("auto")
        .describe("true: every answer must be JSON; auto: those of prompts with expects_json; false: none."),
      block_safety_flags: z.boolean().default(true).describe("Reject answers that carry a safety flag."),
    })
    .prefault({}),
  judge: z
    .strictObject({
      model: modelName.default("gpt-4o-mini").describe("The model that scores answers."),
      offline: modelName
        .nullable()
        .default("nexa:verifier")
        .describe("Used, loudly, where the judge has no key or no budget; null makes that an error."),
      rubric_path: projectPath
        .default("nexa_distill/prompts/judge_rubric.md")
        .describe("Markdown file with the rubric, sent as the judge's system message."),
      max_tokens: z.int().min(1).default(300).describe("Most tokens in a verdict."),
    })
    .prefault({}),
  duplicates: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe("Reject a row whose prompt and answer equal an earlier row's, but for case and white space."),
    })
    .prefault({}),
  output: projectPath.default("data/processed/distillation/filtered/filtered_v1.parquet").describe("Kept rows."),
  rejections: projectPath
    .default("data/processed/distillation/filtered/rejections.parquet")
    .describe("Rejected and unjudged rows, with reasons."),
});

export type FiltersConfig = z.infer<typeof filtersSchema>;
