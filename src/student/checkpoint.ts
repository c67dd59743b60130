import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tinyScheduleSchema } from "../config/tiny-schedule.ts";
import { explainWriteError, writeFileAtomic } from "../core/atomic-file.ts";
import { DataError, systemErrorCode } from "../core/errors.ts";
import { initialWeights } from "./initial-weights.ts";
import {
  countParameters,
  createLlamaConfig,
  type LlamaConfig,
  llamaConfigSchema,
  parameterSpecs,
  type StudentSize,
  type Weights,
} from "./llama-config.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { createStudentText, createTinyTokenizer, type StudentText, tinyContextLength } from "./tiny.ts";
import { specialTokens, tinyVocabulary } from "./vocabulary.ts";

/** A student as it stands in a Hugging Face folder. */
export interface Checkpoint extends StudentText {
  readonly config: LlamaConfig;
  readonly weights: Weights;
  /** The number of weights. */
  readonly parameters: number;
}

/** What nexa:tiny is before training: the same weights that training with this seed starts from. */
export function untrainedCheckpoint(seed: number, size: StudentSize = tinyScheduleSchema.parse({})): Checkpoint {
  const text = createTinyTokenizer();
  const config = createLlamaConfig(size, {
    vocabSize: text.tokenizer.vocabSize,
    contextLength: tinyContextLength,
    eosId: text.tokenizer.eosId,
    padId: tinyVocabulary.indexOf(specialTokens.pad),
  });
  return { ...text, config, weights: initialWeights(config, seed), parameters: countParameters(config) };
}

/**
 * Reads a folder in Hugging Face layout.
 * @throws DataError naming the file that is missing, malformed or of another architecture.
 */
export async function loadCheckpoint(dir: string): Promise<Checkpoint> {
  const config = parseConfig(await readJson(join(dir, "config.json")), join(dir, "config.json"));
  const text = createStudentText({
    tokenizerJson: await readJson(join(dir, "tokenizer.json")),
    tokenizerConfig: await readJson(join(dir, "tokenizer_config.json")),
  });
  const file = join(dir, "model.safetensors");
  const tensors = decodeSafetensors(await readBytes(file), file);
  const weights = new Map<string, Float32Array>();
  for (const { name, shape } of parameterSpecs(config)) {
    const tensor = tensors.get(name);
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      throw new DataError(
        `Expected ${name} of shape ${shape.join(" x ")}, got ${tensor?.shape.join(" x ") ?? "nothing"}.`,
        {
          file,
          code: "checkpoint",
        },
      );
    }
    weights.set(name, tensor.data);
  }
  return { ...text, config, weights, parameters: countParameters(config) };
}

/** How a file of a folder comes to the disk. */
export type WriteFile = (path: string, content: string | Uint8Array) => Promise<void>;

/**
 * Writes a folder in Hugging Face layout. Every file is replaced whole, `model.safetensors` last: where it is new, the rest is too.
 */
export async function writeCheckpoint(
  dir: string,
  checkpoint: Checkpoint,
  write: WriteFile = writeFileAtomic,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const [name, content] of Object.entries(textFiles(checkpoint))) await write(join(dir, name), content);
  const { config, weights } = checkpoint;
  const tensors = new Map(
    parameterSpecs(config).map(({ name, shape }) => {
      const data = weights.get(name);
      if (data === undefined) throw new Error(`The checkpoint lacks ${name}.`);
      return [name, { shape, data }];
    }),
  );
  await write(join(dir, "model.safetensors"), encodeSafetensors(tensors, { format: "pt" }));
}

/**
 * Fills a folder that appears under its name only when it is complete; one that was there before is replaced. `fill` writes into the
 * folder's temporary place with the writer that it is given.
 * @throws JobError naming the folder when the disk is full or not writable; the temporary place is removed.
 */
export async function writeFolderAtomic(
  dir: string,
  fill: (temporaryDir: string, write: WriteFile) => Promise<void>,
): Promise<void> {
  const temporaryDir = `${dir}.partial`;
  try {
    await rm(temporaryDir, { recursive: true, force: true });
    await fill(temporaryDir, (path, content) => writeFile(path, content, { flush: true }));
    await rm(dir, { recursive: true, force: true });
    await rename(temporaryDir, dir);
  } catch (error) {
    await rm(temporaryDir, { recursive: true, force: true }).catch(() => undefined);
    throw explainWriteError(dir, error);
  }
}

function textFiles({ config, files, template, tokenizer }: Checkpoint): Record<string, string> {
  const { eos_token, pad_token, unk_token } = files.tokenizerConfig;
  const toText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    "config.json": toText(config),
    "generation_config.json": toText({
      do_sample: false,
      eos_token_id: tokenizer.eosId,
      pad_token_id: config.pad_token_id,
      max_length: config.max_position_embeddings,
    }),
    "tokenizer.json": toText(files.tokenizerJson),
    "tokenizer_config.json": toText(files.tokenizerConfig),
    "special_tokens_map.json": toText({ eos_token, pad_token, unk_token }),
    "chat_template.jinja": template.source,
  };
}

function parseConfig(value: unknown, file: string): LlamaConfig {
  const result = llamaConfigSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new DataError(`Not a model that the embedded engine reads: ${issue?.path.join(".")}: ${issue?.message}.`, {
    file,
    code: "checkpoint",
  });
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (systemErrorCode(cause) !== "ENOENT") throw cause;
    throw new DataError("No such file, so this folder is no complete checkpoint.", {
      file,
      code: "checkpoint",
      hint: "Train first: nexa train.",
      cause,
    });
  }
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  const text = new TextDecoder().decode(await readBytes(file));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError("Not JSON.", { file, code: "checkpoint", cause });
  }
}
