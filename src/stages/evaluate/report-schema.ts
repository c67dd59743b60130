import { z } from "zod";
import { stageNames } from "../stage.ts";

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const histogram = z.record(z.string(), count);

/** How one answerer did on the test prompts. */
const measurementSchema = z.object({
  model: z.string(),
  /** Answers with text. */
  answered: count,
  /** Answers that a program checked. */
  checked: count,
  correct: count,
  /** Share of the checked answers that are right; null where none was checked. */
  accuracy: share.nullable(),
  /** 95% interval of the accuracy (Wilson). */
  ci95: z.tuple([share, share]).nullable(),
  /** What is wrong first -> wrong answers; adds up to checked - correct. */
  failures: histogram,
  /** Seconds spent answering; null for answers that were there before. */
  seconds: z.number().min(0).nullable(),
});

const answerSchema = z.object({
  text: z.string().nullable(),
  /** Null where no program checked it. */
  correct: z.boolean().nullable(),
  note: z.string(),
});

const exampleSchema = z.object({
  id: z.string(),
  prompt: z.string(),
  category: z.string().nullable(),
  reference: z.string().nullable(),
  teacher: answerSchema.nullable(),
  trained: answerSchema,
  untrained: answerSchema.nullable(),
});

const lossPointSchema = z.object({ step: count, loss: z.number() });

/** artifacts/reports/report.json: what a project made, what it cost, and what the student learnt. */
export const reportSchema = z.object({
  schema_version: z.literal(1),
  created_at: z.iso.datetime(),
  /** The project folder's name. */
  project: z.string(),
  counts: z.object({
    prompts: count,
    answers: count,
    kept: count,
    rejected: count,
    unjudged: count,
    /** Reason -> rejected rows; a row with several reasons counts under each. */
    reasons: histogram,
    /** Packaged rows by split. */
    train: count,
    validation: count,
    test: count,
  }),
  /** `offline`: whether the config's offline model stood in for the one it names. */
  teacher: z.object({ model: z.string(), offline: z.boolean() }),
  judge: z.object({ model: z.string(), offline: z.boolean() }).nullable(),
  cost_usd: z.number().min(0),
  student: z.object({
    model: z.string(),
    offline: z.boolean(),
    parameters: count,
    engine: z.string(),
    steps: count,
    train_seconds: z.number().min(0),
    checkpoint: z.string(),
    seed: count,
  }),
  evaluation: z.object({
    /** Prompts of the test split, those included whose answer the gate rejected. */
    n: count,
    /** Those whose answers a program checked. */
    checked: count,
    /** Test prompts whose group or text occurs in a training row too: 0, unless the split was changed, or groups part equal prompts. */
    overlap_with_training: count,
    untrained: measurementSchema.nullable(),
    trained: measurementSchema,
    teacher: measurementSchema.nullable(),
  }),
  /** Seconds from input ready to output sealed; the evaluation's own up to the writing of this report. */
  stages: z.array(z.object({ name: z.enum(stageNames), seconds: z.number().min(0), state: z.literal("done") })),
  loss_curve: z.object({
    /** Project-relative path of the events, one JSON object a line. */
    source: z.string(),
    points: count,
    first: lossPointSchema.nullable(),
    last: lossPointSchema.nullable(),
    /** The last loss on the validation split, or null where it was not measured. */
    validation: lossPointSchema.nullable(),
  }),
  examples: z.array(exampleSchema),
  /** Project-relative. */
  files: z.object({ json: z.string(), html: z.string() }),
  /** What the report was made of, with the sha256 of the primary output and of the settings of each stage. */
  provenance: z.array(
    z.object({
      stage: z.enum(stageNames),
      output: z.string(),
      sha256: z.string(),
      config_hash: z.string(),
      config: z.json(),
    }),
  ),
  versions: z.record(z.string(), z.string()),
});

export type Report = z.infer<typeof reportSchema>;
export type Measurement = z.infer<typeof measurementSchema>;
export type Example = z.infer<typeof exampleSchema>;
export type ExampleAnswer = z.infer<typeof answerSchema>;
