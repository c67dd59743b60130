import type { LanguageModelV4 } from "@ai-sdk/provider";
import { NexaError } from "../core/index.ts";
import type { Decoder } from "../student/index.ts";
import { createLocalModel, refuseRequest } from "./local-model.ts";
import { freePrice } from "./price.ts";
import { noLimits, type ResolvedModel } from "./resolved-model.ts";

export interface StudentModelOptions {
  /** As rows and reports name it, e.g. "student:artifacts/checkpoints/baseline_distill". */
  readonly name: string;
  /** sha256 of the weights (of model.safetensors, where there is one): two students of the same name are not the same model. */
  readonly weightsSha256: string;
  readonly decoder: Decoder;
  /** Conversations that the decoder works on at once; 1 where it has no threads. */
  readonly threads?: number;
}

/** A student whose weights are loaded, as a model like any other. */
export function createStudentModel({ name, weightsSha256, decoder, threads = 1 }: StudentModelOptions): ResolvedModel {
  return {
    name,
    provider: "nexa",
    origin: "nexa:",
    modelId: name,
    identity: `student@${weightsSha256}`,
    price: freePrice,
    contextTokens: null,
    isFree: true,
    isLocal: true,
    providerOptions: {},
    limits: noLimits,
    needsKey: false,
    keyEnv: null,
    hasKey: true,
    languageModel: decoderModel(name, decoder),
    maxConcurrency: threads,
    listModels: null,
    findBaseUrl: null,
    loadBatchApi: null,
  };
}

/** A conversation outside the student's vocabulary or context is that row's error, not the run's end. */
function decoderModel(name: string, decoder: Decoder): LanguageModelV4 {
  return createLocalModel({
    modelId: name,
    async answer({ messages, sample, maxTokens, temperature, seed = 0, signal }) {
      try {
        return await decoder.generate(messages, {
          seed: seed + sample,
          ...(maxTokens === undefined ? {} : { maxTokens }),
          ...(temperature === undefined ? {} : { temperature }),
          ...(signal === undefined ? {} : { signal }),
        });
      } catch (error) {
        throw error instanceof NexaError ? refuseRequest(name, error.message) : error;
      }
    },
  });
}
