import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DataError, systemErrorCode } from "../../../core/errors.ts";
import {
  type Checkpoint,
  decodeSafetensors,
  encodeSafetensors,
  loadCheckpoint,
  writeCheckpoint,
  writeFolderAtomic,
} from "../../../student/index.ts";
import { type TrainingMemory, writeWeights } from "./training-memory.ts";

/** Checkpoints kept beside the final model. */
const keptCheckpoints = 2;

const progressSchema = z.strictObject({
  /** Steps done; with the seed it also says which rows come next. */
  step: z.int().min(0),
  /** Hash over everything that decides the run: rows, schedule, seed. */
  fingerprint: z.string(),
  /** Losses, tokens and seconds of the steps that no event has told yet. */
  pending_losses: z.array(z.number()),
  pending_tokens: z.number(),
  pending_seconds: z.number(),
  /** Mean loss that the last event told; null before the first. */
  loss: z.number().nullable(),
  /** Loss on the validation rows when it was last measured; null before, or without such rows. */
  validation_loss: z.number().nullable(),
  /** Seconds of training up to here, over all starts. */
  train_seconds: z.number(),
});

/** How far a run has come, beside its weights and moments. */
export type TrainingProgress = z.infer<typeof progressSchema>;

/** The progress of a run that has done nothing yet. */
export function startProgress(fingerprint: string): TrainingProgress {
  return {
    step: 0,
    fingerprint,
    pending_losses: [],
    pending_tokens: 0,
    pending_seconds: 0,
    loss: null,
    validation_loss: null,
    train_seconds: 0,
  };
}

/** Writes `checkpoint-<step>`: the model in Hugging Face layout and all that the next step depends on; older ones are removed. */
export async function saveTrainingState(
  outDir: string,
  options: { checkpoint: Checkpoint; memory: TrainingMemory; progress: TrainingProgress },
): Promise<void> {
  const { checkpoint, memory, progress } = options;
  await writeFolderAtomic(join(outDir, `checkpoint-${progress.step}`), async (dir, write) => {
    await writeCheckpoint(dir, checkpoint, write);
    const moments = new Map(
      (["momentum", "variance"] as const).map((name) => [
        name,
        { shape: [memory[name].length], data: memory[name].slice() },
      ]),
    );
    await write(join(dir, "optimizer.safetensors"), encodeSafetensors(moments, { format: "nexa" }));
    await write(join(dir, "trainer_state.json"), `${JSON.stringify(progress, null, 2)}\n`);
  });
  const steps = await listCheckpoints(outDir);
  for (const step of steps.slice(keptCheckpoints))
    await rm(join(outDir, `checkpoint-${step}`), { recursive: true, force: true });
}

/** Brings weights and moments back from the newest whole checkpoint of the same run; null where there is none. Others are removed. */
export async function restoreTrainingState(
  outDir: string,
  options: { memory: TrainingMemory; fingerprint: string },
): Promise<TrainingProgress | null> {
  for (const step of await listCheckpoints(outDir)) {
    const dir = join(outDir, `checkpoint-${step}`);
    const progress = await readProgress(dir);
    if (progress?.fingerprint === options.fingerprint && (await readMemory(dir, options.memory))) return progress;
    await rm(dir, { recursive: true, force: true });
  }
  return null;
}

/** Fills the memory from a checkpoint; false, with the memory untouched, where its files are damaged. */
async function readMemory(dir: string, memory: TrainingMemory): Promise<boolean> {
  const file = join(dir, "optimizer.safetensors");
  try {
    const { config, weights } = await loadCheckpoint(dir);
    const moments = decodeSafetensors(await readFile(file), file);
    const [momentum, variance] = [moments.get("momentum")?.data, moments.get("variance")?.data];
    if (momentum?.length !== memory.momentum.length || variance?.length !== memory.variance.length) return false;
    writeWeights(memory, config, weights);
    memory.momentum.set(momentum);
    memory.variance.set(variance);
    return true;
  } catch (error) {
    if (error instanceof DataError || error instanceof SyntaxError || systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

async function readProgress(dir: string): Promise<TrainingProgress | null> {
  try {
    return progressSchema.parse(JSON.parse(await readFile(join(dir, "trainer_state.json"), "utf8")));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** Steps of the complete checkpoints in a folder, newest first; what a kill left half-written is removed. */
async function listCheckpoints(outDir: string): Promise<number[]> {
  const steps: number[] = [];
  for (const name of await readdir(outDir)) {
    const match = /^checkpoint-(\d+)(\.partial)?$/.exec(name);
    if (match === null) continue;
    if (match[2] === undefined) steps.push(Number(match[1]));
    else await rm(join(outDir, name), { recursive: true, force: true });
  }
  return steps.sort((a, b) => b - a);
}
