import { resolve } from "node:path";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { UsageError } from "../core/index.ts";
import { describeModel, keyFrom, type ModelContext } from "./describe-model.ts";
import { verifierName } from "./fingerprint.ts";
import { type Environment, parseModelName, type RemoteName } from "./model-name.ts";
import type { ModelDescription, ResolvedModel } from "./resolved-model.ts";

export interface ResolveModelOptions extends ModelContext {
  /** What a relative `student:` folder is relative to; the current folder where absent. */
  readonly dir?: string;
}

/**
 * Turns a model's name into one that can be called; what its provider needs is loaded here and not before.
 * @throws UsageError (exit 2) for a name that no provider takes, or a key that is not set.
 */
export async function resolveModel(name: string, options: ResolveModelOptions): Promise<ResolvedModel> {
  const { models, env = process.env, dir = "." } = options;
  const description = await describeModel(name, { models, env });
  const parsed = parseModelName(name, { models, env });
  if (parsed.kind === "remote") {
    return {
      ...description,
      languageModel: await loadRemote({ description, parsed, env }),
      maxConcurrency: null,
      loadBatchApi: null,
    };
  }
  if (name.startsWith("student:")) return loadStudent(name, resolve(dir, name.slice("student:".length)));
  const { createBenchScienceModel, createVerifierModel } = await import("./bench-science-models.ts");
  const languageModel = name === verifierName ? createVerifierModel() : createBenchScienceModel();
  return { ...description, languageModel, maxConcurrency: 256, loadBatchApi: null };
}

interface RemoteOptions {
  readonly description: ModelDescription;
  readonly parsed: RemoteName;
  readonly env: Environment;
}

async function loadRemote({ description, parsed, env }: RemoteOptions): Promise<LanguageModelV4> {
  const { protocol, modelId, baseUrl, keyEnv, entry } = parsed;
  if (!description.hasKey) {
    throw new UsageError(`${description.name} needs a key, and ${keyEnv} is not set`, {
      code: "no_key",
      hint: `Set ${keyEnv} and start again.`,
    });
  }
  const apiKey = keyFrom(env, keyEnv);
  const { createHttpFetch } = await import("./http-fetch.ts");
  const fetch = createHttpFetch({ baseUrl, env, apiKey });
  const headers = entry?.headers ?? {};
  if (protocol === "openai-compatible") {
    const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
    const key = apiKey === undefined ? {} : { apiKey };
    return createOpenAICompatible({
      name: "compatible",
      baseURL: baseUrl,
      fetch,
      headers,
      supportsStructuredOutputs: true,
      ...key,
    })(modelId);
  }
  const { createOpenAI } = await import("@ai-sdk/openai");
  // A server on a private address may need no key, but this package must be given one.
  const openai = createOpenAI({ baseURL: baseUrl, apiKey: apiKey ?? "none", fetch, headers });
  return protocol === "openai-responses" ? openai.responses(modelId) : openai.chat(modelId);
}

async function loadStudent(name: string, folder: string): Promise<ResolvedModel> {
  const { loadStudentModel } = await import("./load-student.ts");
  return loadStudentModel(name, folder);
}
