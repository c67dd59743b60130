import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4GenerateResult,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import type { Message } from "../records/rows.ts";

/** What a model in this process is asked. */
export interface LocalRequest {
  readonly messages: readonly Message[];
  /** 0-based index among the samples of one prompt. */
  readonly sample: number;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly seed: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** JSON Schema that the answer must follow. */
  readonly responseSchema: unknown;
}

export interface LocalAnswer {
  readonly text: string;
  readonly finishReason: "stop" | "length";
  /** Null where the model has no tokens of its own. */
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
}

export interface LocalModelOptions {
  readonly modelId: string;
  readonly answer: (request: LocalRequest) => LocalAnswer | Promise<LocalAnswer>;
}

/** Puts a function of this process behind the AI SDK's interface, so that it is called like a provider's model. */
export function createLocalModel({ modelId, answer }: LocalModelOptions): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "nexa",
    modelId,
    supportedUrls: {},
    async doGenerate(options) {
      return resultOf(await answer(requestOf(options)));
    },
    async doStream() {
      throw new UnsupportedFunctionalityError({ functionality: "streaming" });
    },
  };
}

/** What a local model throws for a request that it cannot answer: that row's error, as a provider's 400 would be. */
export function refuseRequest(modelId: string, message: string): APICallError {
  return new APICallError({ message, url: modelId, requestBodyValues: {}, statusCode: 400, isRetryable: false });
}

function requestOf(options: LanguageModelV4CallOptions): LocalRequest {
  const sample = options.providerOptions?.nexa?.sample;
  return {
    messages: options.prompt.map(toMessage),
    sample: typeof sample === "number" ? sample : 0,
    maxTokens: options.maxOutputTokens,
    temperature: options.temperature,
    seed: options.seed,
    signal: options.abortSignal,
    responseSchema: options.responseFormat?.type === "json" ? options.responseFormat.schema : undefined,
  };
}

function toMessage(message: LanguageModelV4CallOptions["prompt"][number]): Message {
  if (message.role === "system") return { role: "system", content: message.content };
  if (message.role === "tool") throw new UnsupportedFunctionalityError({ functionality: "tool messages" });
  const content = message.content.map((part) => {
    if (part.type === "text") return part.text;
    throw new UnsupportedFunctionalityError({ functionality: `${part.type} parts` });
  });
  return { role: message.role, content: content.join("") };
}

function resultOf({ text, finishReason, promptTokens, completionTokens }: LocalAnswer): LanguageModelV4GenerateResult {
  const total = completionTokens ?? undefined;
  return {
    content: [{ type: "text", text }],
    finishReason: { unified: finishReason, raw: undefined },
    usage: {
      inputTokens: {
        total: promptTokens ?? undefined,
        noCache: undefined,
        cacheRead: undefined,
        cacheWrite: undefined,
      },
      outputTokens: { total, text: total, reasoning: undefined },
    },
    warnings: [],
  };
}
