import { z } from "zod";
import { dataPath, modelName, projectPath } from "./schema-parts.ts";

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

const most = (what: string) =>
  z.int().min(1).nullable().default(null).describe(`Most ${what} in an answer; null for no limit.`);
const pattern = (isOn: boolean, what: string) => z.boolean().default(isOn).describe(what);
const share = (value: number, what: string) => z.number().min(0).max(1).default(value).describe(what);

const citationPatterns = z
  .strictObject({
    bracketed_number: pattern(true, "[12], [3, 4], [5-7], but not in code and formulas: rows[0], [0, 1]."),
    author_year: pattern(true, "(Smith, 2019), Smith and Jones (2019)."),
    et_al: pattern(true, "Smith et al., 2019."),
    doi: pattern(true, "doi:10.1000/182, doi.org/..., 10.1000/182."),
    arxiv: pattern(true, "arXiv:1706.03762."),
    pubmed: pattern(true, "PMID: 123456, PMC123456."),
    url: pattern(true, "https://..., www...."),
    reference: pattern(true, "(ref), (refs. 3, 4)."),
    named_study: pattern(true, '"According to a study", "research published in".'),
    original_bracketed_number: pattern(false, "The Python original's: any [n], [nn] or [nnn], also in code."),
    original_reference: pattern(false, "The Python original's: (ref)."),
    original_doi: pattern(false, "The Python original's: doi: and what follows it."),
    original_arxiv: pattern(false, "The Python original's: arxiv: and a digit."),
  })
  .prefault({})
  .describe("Which citations ban_citations looks for.");

const repetition = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Reject answers that say the same thing over and over."),
    max_repeated_lines: share(0.3, "Most characters in lines that stood there before, as a share of the answer."),
    max_top_ngram: share(0.2, "Most characters in the most frequent word 3-gram, as a share of the answer."),
    max_repeated_ngrams: share(0.3, "Most characters in word 10-grams that stood there before, as a share."),
  })
  .prefault({});

const basic = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Run the basic filters."),
    collapse_white_space: z
      .boolean()
      .default(false)
      .describe(
        "Measure characters and tokens with each stretch of white space as one blank, as the Python original did.",
      ),
    min_char_length: z.int().min(0).default(120).describe("Fewest characters (code points) in an answer."),
    max_char_length: most("characters (code points)"),
    min_token_length: z.int().min(0).default(80).describe("Fewest tokens in an answer, counted in `tokenizer`."),
    max_token_length: most("tokens"),
    tokenizer: z
      .enum(["o200k_base", "cl100k_base", "student", "characters_over_4"])
      .default("o200k_base")
      .describe(
        "What tokens are counted in; student: the student's own tokenizer; characters_over_4: a quarter of the characters, rounded up.",
      ),
    require_action_verb: z.boolean().default(true).describe("Reject answers without one of allowed_action_verbs."),
    allowed_action_verbs: z
      .array(z.string().regex(/^[\p{L}-]+$/u, { error: "a single verb" }))
      .min(1)
      .default([...defaultActionVerbs])
      .describe("Verbs in their base form; inflections count too, unless action_verb_inflections is false."),
    action_verb_inflections: z.boolean().default(true).describe("Count measured, measures and measuring as measure."),
    action_verb_position: z
      .enum(["anywhere", "first_sentence", "sentence_start"])
      .default("anywhere")
      .describe(
        "Where the verb stands: anywhere, in the first sentence, or as the first word of a sentence, line or list item.",
      ),
    ban_citations: z.boolean().default(true).describe("Reject answers that cite; see citation_patterns."),
    citation_patterns: citationPatterns,
    ban_refusals: z
      .boolean()
      .default(true)
      .describe('Reject refusals and boilerplate: "As an AI", "I\'m sorry, but I cannot".'),
    refusal_phrases: z
      .array(z.string().trim().min(1))
      .default([])
      .describe("Phrases of your own that mark a refusal, whatever their case."),
    repetition,
    languages: z
      .array(z.string().regex(/^[a-z]{2}$/, { error: "a two-letter language code (ISO 639-1), such as `en`" }))
      .default([])
      .describe("Languages that answers may be in, as ISO 639-1 codes; empty for any."),
    ban_encoding_damage: z
      .boolean()
      .default(true)
      .describe("Reject answers with replacement characters, control characters or text decoded wrongly (Ã©)."),
    ban_truncated: z.boolean().default(true).describe("Reject answers that were cut at the token limit."),
  })
  .prefault({});

export const personalDataKinds = ["email", "phone", "credit_card", "iban", "us_ssn", "ip_address"] as const;

const sampleGate = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Run SampleGate: judge score, JSON validity, safety flags."),
    min_judge_score: z.number().min(0).max(1).default(0.8).describe("Lowest judge score that is kept, 0 to 1."),
    require_valid_json: z
      .union([z.boolean(), z.literal("auto")])
      .default("auto")
      .describe("true: every answer must be JSON; auto: those of prompts with expects_json; false: none."),
    json_schema_path: projectPath
      .nullable()
      .default(null)
      .describe("JSON Schema for the answers that must be JSON; teacher.response_schema_path where it is null."),
    block_safety_flags: z
      .boolean()
      .default(true)
      .describe("Reject answers that carry a safety flag of the provider or the judge."),
    secrets: z
      .enum(["reject", "ignore"])
      .default("reject")
      .describe("What to do with answers that hold a key or password."),
    personal_data: z
      .enum(["reject", "redact", "ignore"])
      .default("reject")
      .describe("What to do with answers that hold personal data; redact puts [EMAIL] and its like in its place."),
    personal_data_kinds: z
      .array(z.enum(personalDataKinds))
      .min(1)
      .default([...personalDataKinds])
      .describe("Which personal data is looked for."),
    judge_rejected: z
      .boolean()
      .default(false)
      .describe("Ask the judge also about rows that a free rule rejects; these calls are paid for."),
  })
  .prefault({});

const judge = z
  .strictObject({
    model: modelName.default("gpt-4o-mini").describe("The model that scores answers."),
    offline: modelName
      .nullable()
      .default("nexa:verifier")
      .describe("Used, loudly, where the judge has no key or no budget; null makes that an error."),
    rubric_path: projectPath
      .default("nexa_distill/prompts/judge_rubric.md")
      .describe("Markdown file with the rubric, sent as the judge's system message."),
    criteria: z
      .array(z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, { error: "a name in snake_case" }))
      .max(20)
      .default(["correctness", "completeness", "form"])
      .describe("What the judge scores one by one, beside the overall score; the rubric says what each means."),
    max_tokens: z.int().min(1).default(400).describe("Most tokens in a verdict."),
  })
  .prefault({});

const duplicates = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe("Keep only the best row, by judge score, of those whose prompt and answer are equal or nearly so."),
    near: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Look for near-duplicates too, by MinHash."),
        shingle_words: z.int().min(1).max(50).default(5).describe("Words in a shingle."),
        bands: z.int().min(1).max(256).default(14).describe("Bands of the locality-sensitive hash: more find more."),
        band_rows: z.int().min(1).max(64).default(8).describe("Hashes in a band: more find less."),
        threshold: z
          .number()
          .gt(0)
          .max(1)
          .default(0.7)
          .describe(
            "Similarity (Jaccard) of two rows' shingles, and of their numbers, from which they are near-duplicates.",
          ),
      })
      .prefault({}),
    against: z
      .array(dataPath)
      .default([])
      .describe(
        "Earlier datasets (files with prompt and teacher_output, or messages) whose rows are not to come again.",
      ),
  })
  .prefault({});

const decontamination = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Reject rows that hold a held-out prompt."),
    held_out: z
      .boolean()
      .default(true)
      .describe("Compare rows that are trained on with the prompts of the project's own test split."),
    files: z
      .array(dataPath)
      .default([])
      .describe(
        "Benchmark files (columns prompt, question, problem, input or text, or messages) whose texts no row may hold.",
      ),
    ngram_words: z.int().min(1).max(50).default(8).describe("Words in an n-gram."),
    min_overlap: z
      .number()
      .gt(0)
      .max(1)
      .default(0.8)
      .describe("Share of a held-out text's n-grams that a row holds from which it is contaminated."),
    max_texts_per_ngram: z
      .int()
      .min(1)
      .default(3)
      .describe("An n-gram that stands in more held-out texts than this is a template's and does not count."),
  })
  .prefault({});

const ownRule = z.union([
  z
    .string()
    .regex(/\.(?:[cm]?[jt]s)$/, { error: "a module (.ts or .js) or {name, keep}" })
    .describe("A module that exports `rule`."),
  z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, { error: "a name of lower-case letters, digits, _ and -" }),
    keep: z
      .string()
      .trim()
      .min(1)
      .describe("SQL expression over the columns; rows for which it is not true are rejected."),
  }),
]);

/** nexa_distill/configs/filters.yaml: which answers are worth learning from. */
export const filtersSchema = z.strictObject({
  basic,
  sample_gate: sampleGate,
  judge,
  duplicates,
  decontamination,
  rules: z
    .array(ownRule)
    .default([])
    .describe("Rules of your own: modules, relative to the project, or SQL expressions {name, keep}."),
  on_bad_row: z
    .enum(["stop", "skip"])
    .default("stop")
    .describe(
      "What a row that cannot be read does to `--input`: stop, with the count of them, or skip, which counts them in the manifest.",
    ),
  output: projectPath.default("data/processed/distillation/filtered/filtered_v1.parquet").describe("Kept rows."),
  rejections: projectPath
    .default("data/processed/distillation/filtered/rejections.parquet")
    .describe("Rejected and unjudged rows, with reasons."),
});

export type FiltersConfig = z.infer<typeof filtersSchema>;

/** Whether a setting depends on the judge at all. */
export function needsJudge({ sample_gate: gate }: FiltersConfig): boolean {
  return gate.enabled && (gate.min_judge_score > 0 || gate.block_safety_flags);
}
