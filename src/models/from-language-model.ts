import type { LanguageModelV4 } from "@ai-sdk/provider";
import { UsageError } from "../core/index.ts";
import { freePrice, type TokenPrice } from "./price.ts";
import { type ModelLimits, type ModelLocation, noLimits, type ResolvedModel } from "./resolved-model.ts";

export interface LanguageModelOptions {
  /** As answers and errors name it; "PROVIDER:MODEL" where absent. */
  readonly name?: string;
  /** 0 for a model that costs nothing a call; without a price no call is made, as no budget could hold it. */
  readonly price?: TokenPrice | 0;
  /** The account's; handed to `createLimiter` as `limits: model.limits`. */
  readonly limits?: Partial<ModelLimits>;
  /** Sent with each call, by AI SDK provider name; part of a call's identity. */
  readonly providerOptions?: ModelLocation["providerOptions"];
  /**
   * What tells its server from another with the same provider and model names, e.g. its address's origin: part of a call's identity, so
   * it must not change from run to run. "language-model:" where absent.
   */
  readonly origin?: string;
  /** Most calls at once; left to the limiter where absent. */
  readonly maxConcurrency?: number;
  /** Most tokens of prompt and answer together. */
  readonly contextTokens?: number;
}

/**
 * Makes any model of AI SDK 7 one that `callAll` takes, with the ledger, the limiter and the budget of all others.
 *
 * @example
 * ```ts
 * import { createMistral } from "@ai-sdk/mistral";
 *
 * const model = fromLanguageModel(createMistral()("mistral-small-latest"), {
 *   price: { inputUsdPerMillion: 0.1, outputUsdPerMillion: 0.3 },
 *   limits: { requestsPerMinute: 300 },
 * });
 * ```
 * @throws UsageError for what is no such model: a name, or a model of an older AI SDK.
 */
export function fromLanguageModel(languageModel: LanguageModelV4, options: LanguageModelOptions = {}): ResolvedModel {
  checkSpecification(languageModel);
  const { provider, modelId } = languageModel;
  const { name = `${provider}:${modelId}`, limits = {}, providerOptions = {}, origin = "language-model:" } = options;
  const price = options.price === 0 ? freePrice : (options.price ?? null);
  return {
    name,
    provider,
    origin,
    modelId,
    identity: modelId,
    isFree: price !== null && price.inputUsdPerMillion === 0 && price.outputUsdPerMillion === 0,
    isLocal: false,
    providerOptions,
    limits: { ...noLimits, ...limits },
    needsKey: false,
    keyEnv: null,
    hasKey: true,
    price,
    contextTokens: options.contextTokens ?? null,
    languageModel,
    maxConcurrency: options.maxConcurrency ?? limits.concurrency ?? null,
    listModels: null,
    findBaseUrl: null,
    loadBatchApi: null,
  };
}

function checkSpecification(model: unknown): void {
  const specification = typeof model === "object" && model !== null ? Reflect.get(model, "specificationVersion") : null;
  if (specification === "v4") return;
  const what =
    typeof model === "string"
      ? `the name "${model}"`
      : typeof specification === "string"
        ? `a model of specification ${specification}`
        : "something that is no model";
  throw new UsageError(`A language model of AI SDK 7 (specification v4) is needed, and this is ${what}`, {
    code: "bad_model",
    hint: 'Make it with a provider package of AI SDK 7, e.g. createOpenAI()("gpt-4o-mini") from @ai-sdk/openai@4.',
  });
}
