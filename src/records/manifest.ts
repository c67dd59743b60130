import { readFile } from "node:fs/promises";
import { z } from "zod";
import { DataError, systemErrorCode } from "../core/index.ts";
import { parseRecord } from "./parse-record.ts";

/** Where the manifest of an output lies: beside it. */
export function manifestPath(outputPath: string): string {
  return `${outputPath}.manifest.json`;
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: "a sha256 in hex" });
const time = z.iso.datetime();
const count = z.int().min(0);

const fileFields = {
  /** Project-relative. */
  path: z.string().min(1),
  sha256,
  bytes: count,
  rows: count.nullable(),
};

const choiceSchema = z.object({ model: z.string().min(1), is_offline: z.boolean(), reason: z.string().nullable() });

/** What stands beside each output of a stage: what it was made of, how, when, and what came out. */
export const manifestSchema = z.object({
  schema_version: z.literal(1),
  stage: z.enum(["generate", "filter", "package", "train", "evaluate"]),
  session: z.string(),
  started_at: time,
  /** When the last of the inputs was there. */
  input_ready_at: time,
  ended_at: time,
  /** From input ready to output sealed. */
  seconds: z.number().min(0),
  inputs: z.array(z.object(fileFields)),
  outputs: z.array(z.object({ ...fileFields, mtime_ms: z.number() })).min(1),
  config: z.json(),
  config_hash: sha256,
  /** The models of the roles that this stage uses; a role that it has no part in is left out. */
  choices: z.object({
    teacher: choiceSchema.optional(),
    judge: choiceSchema.optional(),
    student: choiceSchema.optional(),
    budget_usd: z.number().min(0).nullable().optional(),
  }),
  counts: z.record(z.string(), z.number()),
  /** Rejection reason -> rows; empty where the stage rejects nothing. */
  reasons: z.record(z.string(), count),
  /** Dollars that the outputs cost, over this and earlier runs. */
  cost_usd: z.number().min(0),
  details: z.record(z.string(), z.json()),
  /** What made it, e.g. {nexacompute: "0.1.0", node: "24.21.0"}. */
  versions: z.record(z.string(), z.string()),
});

export type Manifest = z.infer<typeof manifestSchema>;

export interface RequireManifestOptions {
  /** The command that writes it, e.g. "nexa generate", for the remedy. */
  readonly madeBy: string;
}

/**
 * Reads the manifest of an output, given the output's own path, for a stage that cannot do without it.
 * @throws DataError naming the file and the field when it is missing, not JSON or not of this shape.
 */
export async function requireManifest(outputPath: string, { madeBy }: RequireManifestOptions): Promise<Manifest> {
  const file = manifestPath(outputPath);
  const hint = `Make it again with \`${madeBy}\`.`;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = systemErrorCode(error);
    const isMissing = code === "ENOENT";
    throw new DataError(isMissing ? "the manifest is missing" : `the manifest cannot be read (${code})`, {
      file,
      code: "manifest",
      hint: isMissing ? `Run \`${madeBy}\` first: its output comes with one.` : undefined,
      cause: error,
    });
  }
  return parseRecord(text, { schema: manifestSchema, what: "manifest", file, hint });
}
