import type {
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4Prompt,
  SharedV4Warning,
} from "@ai-sdk/provider";
import { toSafeLine } from "../core/index.ts";
import type { ResolvedModel } from "../models/index.ts";
import type { Message } from "../records/index.ts";
import { classifyFailure, type Failure } from "./failure.ts";
import type { Flight } from "./in-flight.ts";
import type { ModelRequest } from "./request.ts";

/** What a model answered. */
export interface RawAnswer {
  readonly text: string;
  readonly reasoning: string | null;
  readonly finishReason: string;
  readonly promptTokens: number | null;
  readonly cachedPromptTokens: number | null;
  /** Prompt tokens that the provider put into its cache. */
  readonly cacheWriteTokens: number | null;
  readonly completionTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly providerRequestId: string | null;
  readonly latencyMs: number;
}

/** One try: an answer, a failure, or null where the run itself was ended. */
export type AttemptResult = SuccessfulAttempt | { readonly failure: Failure } | null;

export interface SuccessfulAttempt {
  readonly answer: RawAnswer;
  /** The response's, with lower-case names; undefined for a model in this process. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** What the provider's package warns of, one line each. */
  readonly warnings: readonly string[];
}

export interface AttemptOptions {
  readonly model: ResolvedModel;
  readonly request: ModelRequest;
  readonly flight: Flight;
}

/** Asks once. Throws only for a bug of ours. */
export async function attemptCall({ model, request, flight }: AttemptOptions): Promise<AttemptResult> {
  const startedAt = performance.now();
  try {
    const asked = model.languageModel.doGenerate({ ...toCallOptions(model, request), abortSignal: flight.signal });
    const result = await Promise.race([asked, whenAborted(flight.signal)]);
    const answer = readAnswer(result, performance.now() - startedAt);
    return { answer, headers: result.response?.headers, warnings: describeWarnings(result.warnings) };
  } catch (error) {
    if (flight.signal.aborted && !flight.isTimedOut) return null;
    const failure = classifyFailure(error, { isTimedOut: flight.isTimedOut });
    if (failure.kind === "bug") throw error;
    return { failure };
  }
}

/** For models that do not look at their signal: nobody waits for them after it. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

const noWarnings: readonly string[] = [];

/** E.g. "`seed` is not supported: ...". */
export function describeWarnings(warnings: readonly SharedV4Warning[]): readonly string[] {
  if (warnings.length === 0) return noWarnings;
  return warnings.map((warning) => {
    if (warning.type === "other") return toSafeLine(warning.message, 300);
    if (warning.type === "deprecated")
      return toSafeLine(`\`${warning.setting}\` is deprecated: ${warning.message}`, 300);
    const state = warning.type === "unsupported" ? "is not supported" : "is passed on in another form";
    return toSafeLine(
      `\`${warning.feature}\` ${state}${warning.details === undefined ? "" : `: ${warning.details}`}`,
      300,
    );
  });
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
    cacheWriteTokens: usage.inputTokens.cacheWrite ?? null,
    completionTokens: usage.outputTokens.total ?? null,
    reasoningTokens: usage.outputTokens.reasoning ?? null,
    providerRequestId: response?.headers?.["x-request-id"] ?? response?.id ?? null,
    latencyMs,
  };
}
