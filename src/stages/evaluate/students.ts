import { createHash } from "node:crypto";
import { sha256File } from "../../core/index.ts";
import { createStudentModel, createThreadedDecoder, decoderThreads, type ResolvedModel } from "../../models/index.ts";
import { type Checkpoint, loadCheckpoint, untrainedCheckpoint } from "../../student/index.ts";
import { weightsPath } from "./pipeline-facts.ts";

/** To be disposed of: students answer on threads of their own. */
export interface Students extends AsyncDisposable {
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
  const decoders = { trained: createThreadedDecoder(trained), untrained: createThreadedDecoder(untrained) };
  const asModel = (name: keyof typeof decoders, weightsSha256: string): ResolvedModel =>
    createStudentModel({
      name: `student:${name}`,
      weightsSha256,
      decoder: decoders[name],
      threads: decoderThreads,
    });
  return {
    trained: asModel("trained", await sha256File(weightsPath(folder))),
    untrained: asModel("untrained", hashWeights(untrained)),
    async [Symbol.asyncDispose]() {
      for (const decoder of Object.values(decoders)) await decoder[Symbol.asyncDispose]();
    },
  };
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
