import { hash } from "node:crypto";
import { canonicalJson, type Json } from "../core/index.ts";
import type { ResolvedModel } from "../models/index.ts";
import type { Message } from "../records/index.ts";
import type { ModelRequest } from "./request.ts";

export interface CallIdentity {
  /** sha256 of `request`, in hex. */
  readonly identity: string;
  /** Canonical JSON of everything that the answer depends on. */
  readonly request: string;
}

type CalledModel = Pick<ResolvedModel, "provider" | "origin" | "identity" | "providerOptions">;

/**
 * What makes two calls the same one: provider and origin, model, messages, sampling, response schema and sample index. Not the place of the
 * row in its file, nor the data set: prompts can be added and moved without buying an answer twice.
 */
export function identifyCall(model: CalledModel, request: ModelRequest): CallIdentity {
  const text = renderRequest(model, request);
  return { identity: hash("sha256", text, "hex"), request: text };
}

/** canonicalJson's text, seven times as fast: a run that is resumed does this for every call that it has bought. */
function renderRequest(model: CalledModel, request: ModelRequest): string {
  const { sample = 0, responseSchema } = request;
  const { providerOptions } = model;
  const options = Object.keys(providerOptions).length === 0 ? "" : `"provider_options":${renderOnce(providerOptions)},`;
  const schema = responseSchema === undefined ? "" : `"response_schema":${renderOnce(responseSchema)},`;
  return `{"messages":[${request.messages.map(renderMessage).join(",")}],${renderModel(model)},${options}${schema}"sample":${sample},"sampling":${renderSampling(request)},"version":1}`;
}

function renderMessage({ role, content }: Message): string {
  return `{"content":${role === "system" ? renderSystem(content) : JSON.stringify(content)},"role":"${role}"}`;
}

let lastSystem = { content: "", text: '""' };

/** The system prompt is long, and mostly that of the call before. */
function renderSystem(content: string): string {
  if (content !== lastSystem.content) lastSystem = { content, text: JSON.stringify(content) };
  return lastSystem.text;
}

function renderModel({ identity, origin, provider }: CalledModel): string {
  return `"model":${JSON.stringify(identity)},"origin":${JSON.stringify(origin)},"provider":${JSON.stringify(provider)}`;
}

/** Left out where they are not set, so that calls of the time before they existed stay the same calls. */
function renderSampling({ maxTokens, reasoningEffort, seed, stop = [], temperature, topP }: ModelRequest): string {
  return JSON.stringify({
    max_tokens: maxTokens,
    reasoning_effort: reasoningEffort,
    seed,
    stop: stop.length === 0 ? undefined : stop,
    temperature,
    top_p: topP,
  });
}

const rendered = new WeakMap<object, string>();

/** Of a value that many calls share, and nobody changes. */
function renderOnce(value: { readonly [key: string]: Json | undefined }): string {
  const known = rendered.get(value);
  if (known !== undefined) return known;
  const text = canonicalJson(value);
  rendered.set(value, text);
  return text;
}
