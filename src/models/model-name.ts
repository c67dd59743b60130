import type { ModelEntry } from "../config/index.ts";
import { UsageError } from "../core/index.ts";

export type ModelEntries = Readonly<Record<string, ModelEntry>>;
export type Environment = Readonly<Record<string, string | undefined>>;

const openaiBaseUrl = "https://api.openai.com/v1";

/** Protocols that a server can be spoken to in. */
export type Protocol = "openai" | "openai-responses" | "openai-compatible";

/** A model behind a server. */
export interface RemoteName {
  readonly kind: "remote";
  readonly protocol: Protocol;
  readonly modelId: string;
  readonly baseUrl: string;
  /** The environment variable that holds the key, or null where none is sent. */
  readonly keyEnv: string | null;
  readonly entry: ModelEntry | undefined;
}

/** A model in this process: `nexa:bench-science`, `nexa:verifier`, or a student's checkpoint folder. */
export interface LocalName {
  readonly kind: "local";
  readonly modelId: string;
}

/** The models that are part of this package. */
const localModelNames = ["nexa:bench-science", "nexa:verifier"] as const;

const laterProviders = ["anthropic", "google"];
const knownForms =
  "a bare OpenAI name, openai:NAME, openai-responses:NAME, openai-compatible:NAME, a name under `models:` in nexa.yaml, nexa:bench-science, nexa:verifier or student:FOLDER";

/**
 * Reads a model's name as it stands in a configuration.
 * @throws UsageError (exit 2) for a provider that does not exist here, or a server without an address.
 */
export function parseModelName(
  name: string,
  { models, env }: { models: ModelEntries; env: Environment },
): RemoteName | LocalName {
  const separator = name.indexOf(":");
  const prefix = separator < 0 ? null : name.slice(0, separator);
  const rest = name.slice(separator + 1);
  const entry = ownEntry(models, name) ?? (prefix === "openai-compatible" ? ownEntry(models, rest) : undefined);
  if (entry?.base_url !== undefined)
    return remoteEntry({ entry, baseUrl: entry.base_url, modelId: entry.model ?? rest });
  switch (prefix) {
    case null:
      return openaiName({
        modelId: entry?.model ?? name,
        isResponses: entry?.provider === "openai-responses",
        entry,
        env,
      });
    case "openai":
      return openaiName({ modelId: entry?.model ?? rest, isResponses: false, entry, env });
    case "openai-responses":
      return openaiName({ modelId: entry?.model ?? rest, isResponses: true, entry, env });
    case "openai-compatible":
      return compatibleName({ name, modelId: entry?.model ?? rest, entry, env });
    case "nexa":
      if (!localModelNames.some((local) => local === name)) throw unknownLocal(name);
      return { kind: "local", modelId: name };
    case "student":
      return { kind: "local", modelId: name };
    default:
      throw unknownProvider(name, prefix);
  }
}

/** Whether a base URL is OpenAI's own, which knows more than the protocol that others copy. */
function isOpenaiUrl(baseUrl: string): boolean {
  return new URL(baseUrl).hostname.endsWith("api.openai.com");
}

function ownEntry(models: ModelEntries, name: string): ModelEntry | undefined {
  return Object.hasOwn(models, name) ? models[name] : undefined;
}

function remoteEntry({ entry, baseUrl, modelId }: { entry: ModelEntry; baseUrl: string; modelId: string }): RemoteName {
  const isOpenai = isOpenaiUrl(baseUrl);
  const provider = entry.provider ?? (isOpenai ? "openai" : "openai-compatible");
  return {
    kind: "remote",
    protocol: provider === "openai" && !isOpenai ? "openai-compatible" : (provider as Protocol),
    modelId,
    baseUrl,
    keyEnv: entry.api_key_env ?? (isOpenai ? "OPENAI_API_KEY" : null),
    entry,
  };
}

interface OpenaiNameOptions {
  readonly modelId: string;
  readonly isResponses: boolean;
  readonly entry: ModelEntry | undefined;
  readonly env: Environment;
}

function openaiName({ modelId, isResponses, entry, env }: OpenaiNameOptions): RemoteName {
  const baseUrl = openaiUrlFrom(env);
  const protocol = isResponses ? "openai-responses" : isOpenaiUrl(baseUrl) ? "openai" : "openai-compatible";
  return { kind: "remote", protocol, modelId, baseUrl, keyEnv: entry?.api_key_env ?? "OPENAI_API_KEY", entry };
}

function compatibleName({ name, ...options }: { name: string } & Omit<OpenaiNameOptions, "isResponses">): RemoteName {
  if (options.env.OPENAI_BASE_URL !== undefined && options.env.OPENAI_BASE_URL.trim() !== "") {
    return { ...openaiName({ ...options, isResponses: false }), protocol: "openai-compatible" };
  }
  throw new UsageError(`The model ${name} has no server address`, {
    code: "no_base_url",
    hint: `Give it one in nexa.yaml, for example: models: {${options.modelId}: {base_url: "http://127.0.0.1:8000/v1"}} (or set OPENAI_BASE_URL).`,
  });
}

function openaiUrlFrom(env: Environment): string {
  const url = env.OPENAI_BASE_URL?.trim() ?? "";
  if (url === "") return openaiBaseUrl;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, "");
  throw new UsageError(`OPENAI_BASE_URL is not a web address: ${url}`, { hint: `For example: ${openaiBaseUrl}` });
}

function unknownLocal(name: string): UsageError {
  return new UsageError(`There is no model \`${name}\` that answers`, {
    code: "unknown_model",
    hint: `Here are: ${localModelNames.join(", ")}. A trained student is student:FOLDER, with its checkpoint's folder.`,
  });
}

function unknownProvider(name: string, prefix: string): UsageError {
  const isLater = laterProviders.includes(prefix);
  return new UsageError(
    `${isLater ? "Not supported yet" : "Unknown provider"}: \`${prefix}:\` in the model \`${name}\``,
    {
      code: "unknown_provider",
      hint: `A model is ${knownForms}. Servers that speak OpenAI's protocol are openai-compatible.`,
    },
  );
}
