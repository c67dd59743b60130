import { createHash } from "node:crypto";
import { sha256File } from "../../core/index.ts";
import { createStudentModel, type ResolvedModel } from "../../models/index.ts";
import { type Checkpoint, createDecoder, loadCheckpoint, untrainedCheckpoint } from "../../student/index.ts";
import { weightsPath } from "./pipeline-facts.ts";

export interface Students {
  readonly trained: ResolvedModel;
  /** The trained one's architecture with the weights that its training started from. */
  readonly untrained: ResolvedModel;
}

/**
 * Loads a trained student and makes the untrained one that it was.
 * @throws DataError naming the checkpoint's file that is missing or malformed.
 */
export async function loadStudents(folder: string, { seed }: { readonly seed: number }): Promise<Students> {
  const trained = await loadCheckpoint(folder);
  const untrained = untrainedCheckpoint(seed, sizeOf(trained));
  return {
    trained: asModel("student:trained", trained, await sha256File(weightsPath(folder))),
    untrained: asModel("student:untrained", untrained, hashWeights(untrained)),
  };
}

function asModel(name: string, checkpoint: Checkpoint, weightsSha256: string): ResolvedModel {
  return createStudentModel({ name, weightsSha256, decoder: createDecoder(checkpoint) });
}

function sizeOf({ config }: Checkpoint): Parameters<typeof untrainedCheckpoint>[1] {
  return {
    hidden_size: config.hidden_size,
    intermediate_size: config.intermediate_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
  };
}

function hashWeights({ config, weights }: Checkpoint): string {
  const hash = createHash("sha256").update(JSON.stringify(config));
  for (const [name, data] of weights)
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest("hex");
}
