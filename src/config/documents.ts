import type { z } from "zod";
import { distillSchema } from "./distill-schema.ts";
import { filtersSchema } from "./filters-schema.ts";
import { nexaSchema } from "./nexa-schema.ts";
import { trainSchema } from "./train-schema.ts";

export const documentNames = ["distill", "filters", "train", "nexa"] as const;
export type DocumentName = (typeof documentNames)[number];

export interface ConfigDocument {
  /** Where it lies in the project, unless a command names another file. */
  readonly path: string;
  readonly schema: z.ZodObject;
}

/** The four YAML documents of a project; their names are the prefixes that `--set` takes. */
export const configDocuments = {
  distill: { path: "nexa_distill/configs/distill_config.yaml", schema: distillSchema },
  filters: { path: "nexa_distill/configs/filters.yaml", schema: filtersSchema },
  train: { path: "nexa_train/configs/baseline_distill.yaml", schema: trainSchema },
  nexa: { path: "nexa.yaml", schema: nexaSchema },
} as const satisfies Record<DocumentName, ConfigDocument>;
