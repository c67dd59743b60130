import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Json } from "../core/index.ts";
import { withBoundedThinking } from "./bounded-thinking.ts";
import { withCheckedAnswer } from "./checked-answer.ts";
import { convertCompatibleUsage } from "./compatible-usage.ts";
import { loadPackageFactory } from "./load-package.ts";
import type { RemoteName } from "./model-name.ts";
import { withFittingStrictness } from "./strict-schema.ts";

type Fetch = typeof globalThis.fetch;

export interface LoadProviderOptions {
  readonly parsed: RemoteName;
  /** Undefined where the server needs none, or a package finds its own. */
  readonly apiKey: string | undefined;
  /** The entry's own, ready to be sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where a package that is not ours is looked for first. */
  readonly projectDir: string;
}

/** Where a package reads provider options for a server that is openai-compatible. */
const compatibleKey = "openaiCompatible";

/** A server on a private address may need no key, but some packages must be given one. */
const noKey = "none";

/** Loads the AI SDK package that a model needs, and gives back what makes the model with one fetch or another. */
export async function loadProvider({
  parsed,
  apiKey,
  headers: given,
  projectDir,
}: LoadProviderOptions): Promise<(fetch: Fetch) => LanguageModelV4> {
  const { protocol, modelId } = parsed;
  const headers = { ...given };
  const baseURL = parsed.baseUrl ?? "";
  switch (protocol) {
    case "openai":
    case "openai-responses": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      return (fetch) => {
        const openai = createOpenAI({ baseURL, apiKey: apiKey ?? noKey, fetch, headers });
        const model = protocol === "openai" ? openai.chat(modelId) : openai.responses(modelId);
        return withFittingStrictness(model, "openai");
      };
    }
    case "openai-compatible": {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      const key = apiKey === undefined ? {} : { apiKey };
      const shared = { name: compatibleKey, baseURL, headers, supportsStructuredOutputs: true, ...key };
      return (fetch) => {
        const compatible = createOpenAICompatible({ ...shared, fetch, convertUsage: convertCompatibleUsage });
        return withFittingStrictness(compatible(modelId), compatibleKey);
      };
    }
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      return (fetch) =>
        createAnthropic({ baseURL, apiKey: apiKey ?? noKey, fetch: withBoundedThinking(fetch), headers })(modelId);
    }
    case "google": {
      const { createGoogle } = await import("@ai-sdk/google");
      return (fetch) => withCheckedAnswer(createGoogle({ baseURL, apiKey: apiKey ?? noKey, fetch, headers })(modelId));
    }
    case "package":
      return loadPackage({ parsed, apiKey, headers, projectDir });
  }
}

async function loadPackage({ parsed, apiKey, headers, projectDir }: LoadProviderOptions) {
  const { packageName, baseUrl, entry, modelId } = parsed;
  const create = await loadPackageFactory(packageName ?? "", projectDir);
  // At another address than its own, a package must not send the key that it finds by itself.
  const key = apiKey ?? (baseUrl === null ? undefined : noKey);
  const settings = {
    ...((entry?.settings ?? {}) as Record<string, Json>),
    ...(key === undefined ? {} : { apiKey: key }),
    ...(baseUrl === null ? {} : { baseURL: baseUrl }),
    ...(Object.keys(headers).length === 0 ? {} : { headers: { ...headers } }),
  };
  return (fetch: Fetch): LanguageModelV4 => create({ ...settings, fetch }, modelId);
}
