import { canonicalJson, type Json } from "../../core/index.ts";
import type { Message } from "../../records/index.ts";
import type { ModelRequest, ReasoningEffort } from "../request.ts";

type Schema = NonNullable<ModelRequest["responseSchema"]>;

/** As they were given, by their canonical JSON; a project has a few. */
const schemas = new Map<string, Schema>();
const learnt = new WeakSet<Schema>();

/** Remembers a request's schema as it was given. */
export function learnSchema({ responseSchema }: ModelRequest): void {
  if (responseSchema === undefined || learnt.has(responseSchema)) return;
  learnt.add(responseSchema);
  schemas.set(canonicalJson(responseSchema), responseSchema);
}

interface RequestJson {
  readonly messages: readonly Message[];
  readonly sampling: {
    readonly max_tokens: number;
    readonly temperature?: number;
    readonly top_p?: number;
    readonly seed?: number;
    readonly stop?: readonly string[];
    readonly reasoning_effort?: ReasoningEffort;
  };
  readonly response_schema?: { readonly [key: string]: Json };
  readonly sample: number;
}

/**
 * The request whose canonical JSON the ledger holds; the tag is the call's identity. Its schema is the one that was learnt, as the order of
 * its properties is the order in which models write them.
 */
export function readRequest(json: string, identity: string): ModelRequest<string> {
  const { messages, sampling, response_schema, sample } = JSON.parse(json) as RequestJson;
  const responseSchema = response_schema && (schemas.get(JSON.stringify(response_schema)) ?? response_schema);
  const { max_tokens: maxTokens, temperature, top_p: topP, seed, stop, reasoning_effort: reasoningEffort } = sampling;
  return { tag: identity, messages, sample, maxTokens, temperature, topP, seed, stop, reasoningEffort, responseSchema };
}
