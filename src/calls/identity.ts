import { canonicalJson, type Json, sha256Text } from "../core/index.ts";
import type { ResolvedModel } from "../models/index.ts";
import type { ModelRequest } from "./request.ts";

export interface CallIdentity {
  /** sha256 of `request`, in hex. */
  readonly identity: string;
  /** Canonical JSON of everything that the answer depends on. */
  readonly request: string;
}

/**
 * What makes two calls the same one: provider and origin, model, messages, sampling, response schema and sample index. Not the place of the
 * row in its file, nor the data set: prompts can be added and moved without buying an answer twice.
 */
export function identifyCall(
  model: Pick<ResolvedModel, "provider" | "origin" | "identity" | "providerOptions">,
  request: ModelRequest,
): CallIdentity {
  const {
    messages,
    sample = 0,
    maxTokens,
    temperature,
    topP,
    seed,
    stop = [],
    reasoningEffort,
    responseSchema,
  } = request;
  const value: Json = {
    version: 1,
    provider: model.provider,
    origin: model.origin,
    model: model.identity,
    messages: messages.map(({ role, content }) => ({ role, content })),
    sampling: {
      max_tokens: maxTokens,
      temperature,
      top_p: topP,
      seed,
      // Left out where they are not set, so that calls of the time before they existed stay the same calls.
      stop: stop.length === 0 ? undefined : [...stop],
      reasoning_effort: reasoningEffort,
    },
    provider_options: Object.keys(model.providerOptions).length === 0 ? undefined : model.providerOptions,
    response_schema: responseSchema,
    sample,
  };
  const text = canonicalJson(value);
  return { identity: sha256Text(text), request: text };
}
