import type {
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4Prompt,
} from "@ai-sdk/provider";
import type { ResolvedModel } from "../models/index.ts";
import type { Message } from "../records/index.ts";
import { classifyFailure, type Failure } from "./failure.ts";
import type { ModelRequest } from "./request.ts";

/** What a model answered. */
export interface RawAnswer {
  readonly text: string;
  readonly reasoning: string | null;
  readonly finishReason: string;
  readonly promptTokens: number | null;
  readonly cachedPromptTokens: number | null;
  readonly completionTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly providerRequestId: string | null;
  readonly latencyMs: number;
}

/** One try: an answer, a failure, or null where the run itself was ended. */
export type AttemptResult = { readonly answer: RawAnswer } | { readonly failure: Failure } | null;

export interface AttemptOptions {
  readonly model: ResolvedModel;
  readonly request: ModelRequest;
  /** Ends the try with the run. */
  readonly signal: AbortSignal;
  /** Null for none. */
  readonly deadlineMs: number | null;
}

/** Asks once. Throws only for a bug of ours. */
export async function attemptCall({ model, request, signal, deadlineMs }: AttemptOptions): Promise<AttemptResult> {
  const startedAt = performance.now();
  const deadline = deadlineMs === null ? null : startDeadline(signal, deadlineMs);
  try {
    const result = await model.languageModel.doGenerate({
      ...toCallOptions(model, request),
      abortSignal: deadline?.signal ?? signal,
    });
    return { answer: readAnswer(result, performance.now() - startedAt) };
  } catch (error) {
    if (signal.aborted) return null;
    const failure = classifyFailure(error, { isTimedOut: deadline?.signal.aborted === true });
    if (failure.kind === "bug") throw error;
    return { failure };
  } finally {
    deadline?.clear();
  }
}

function startDeadline(parent: AbortSignal, deadlineMs: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, deadlineMs);
  parent.addEventListener("abort", abort);
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      parent.removeEventListener("abort", abort);
    },
  };
}

/** A request in the AI SDK's terms; in real time and by batch the same. */
export function toCallOptions(model: ResolvedModel, request: ModelRequest): LanguageModelV4CallOptions {
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
  const providerOptions = { ...model.providerOptions, ...(model.isLocal ? { nexa: { sample } } : {}) };
  return {
    prompt: toPrompt(messages),
    maxOutputTokens: maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(seed === undefined ? {} : { seed: seed + (model.isLocal ? 0 : sample) }),
    ...(responseSchema === undefined ? {} : { responseFormat: { type: "json", schema: responseSchema as object } }),
    ...(stop.length === 0 ? {} : { stopSequences: [...stop] }),
    ...(reasoningEffort === undefined ? {} : { reasoning: reasoningEffort }),
    ...(Object.keys(providerOptions).length === 0 ? {} : { providerOptions }),
  };
}

function toPrompt(messages: readonly Message[]): LanguageModelV4Prompt {
  return messages.map(({ role, content }) =>
    role === "system" ? { role, content } : { role, content: [{ type: "text", text: content }] },
  );
}

/** What the AI SDK gives back, as the ledger keeps it. */
export function readAnswer(
  { content, finishReason, usage, response }: LanguageModelV4GenerateResult,
  latencyMs: number,
): RawAnswer {
  const textOf = (kind: "text" | "reasoning"): string =>
    content.reduce((text, part) => (part.type === kind && "text" in part ? text + part.text : text), "");
  const reasoning = textOf("reasoning");
  return {
    text: textOf("text"),
    reasoning: reasoning === "" ? null : reasoning,
    finishReason: finishReason.unified,
    promptTokens: usage.inputTokens.total ?? null,
    cachedPromptTokens: usage.inputTokens.cacheRead ?? null,
    completionTokens: usage.outputTokens.total ?? null,
    reasoningTokens: usage.outputTokens.reasoning ?? null,
    providerRequestId: response?.headers?.["x-request-id"] ?? response?.id ?? null,
    latencyMs,
  };
}
