import { DataError } from "../core/errors.ts";
import { type ChatMessage, renderPrompt } from "./chat-template.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { createForwardPass } from "./forward-pass.ts";
import { createSampler } from "./sampler.ts";

export interface GenerateOptions {
  /** Most tokens in the answer; the model's context ends it too. */
  readonly maxTokens?: number;
  /** 0, the default, takes the likeliest token. */
  readonly temperature?: number;
  /** Seed of the draw where the temperature is above 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

export interface Generation {
  readonly text: string;
  /** `stop` where the student ended the answer itself. */
  readonly finishReason: "stop" | "length";
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Answers conversations with one student; each call is on its own. */
export interface Decoder {
  /** @throws DataError when the conversation lies outside the student's vocabulary or context. */
  generate(messages: readonly ChatMessage[], options?: GenerateOptions): Promise<Generation>;
}

/** A decoder over plain typed arrays with a key-value cache: a few milliseconds an answer for nexa:tiny. */
export function createDecoder(checkpoint: Checkpoint): Decoder {
  const { config, tokenizer } = checkpoint;
  const forward = createForwardPass(config, checkpoint.weights);
  return {
    async generate(messages, { maxTokens = Number.POSITIVE_INFINITY, temperature = 0, seed = 0, signal } = {}) {
      // Each answer is computed in one go; the event loop gets its turn between answers.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      const promptIds = renderPrompt(messages, checkpoint);
      if (promptIds.length >= config.max_position_embeddings)
        throw tooLongError(promptIds.length, config.max_position_embeddings);
      const limit = Math.min(maxTokens, config.max_position_embeddings - promptIds.length);
      const sample = createSampler({ temperature, seed });
      const cache = forward.createCache();
      let logits = forward.logits(cache, promptIds);
      const answer: number[] = [];
      while (answer.length < limit) {
        const id = sample(logits);
        if (id === tokenizer.eosId) return finish("stop");
        answer.push(id);
        if (answer.length < limit) logits = forward.logits(cache, [id]);
      }
      return finish("length");

      function finish(finishReason: Generation["finishReason"]): Generation {
        const completionTokens = answer.length + (finishReason === "stop" ? 1 : 0);
        const spoken = answer.filter((id) => !tokenizer.specialIds.has(id));
        return { text: tokenizer.decode(spoken), finishReason, promptTokens: promptIds.length, completionTokens };
      }
    },
  };
}

function tooLongError(tokens: number, context: number): DataError {
  return new DataError(`The conversation has ${tokens} tokens, and the student's context holds ${context}.`, {
    file: "conversation",
    code: "student_context",
  });
}
