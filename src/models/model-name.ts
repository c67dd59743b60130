import type { ModelEntry } from "../config/index.ts";
import { nearest, UsageError } from "../core/index.ts";
import type { Environment } from "./environment.ts";
import {
  anthropicDefaults,
  baseUrlFrom,
  googleDefaults,
  isOwnEndpoint,
  keyEnvFrom,
  normalizeBaseUrl,
  openaiDefaults,
  type ProviderDefaults,
} from "./provider-defaults.ts";

export type ModelEntries = Readonly<Record<string, ModelEntry>>;

const knownProtocols = ["openai", "openai-responses", "openai-compatible", "anthropic", "google"] as const;

/** What a server is spoken to in; `package` for an AI SDK provider package by its name. */
export type Protocol = (typeof knownProtocols)[number] | "package";

/** A model behind a server. */
export interface RemoteName {
  readonly kind: "remote";
  readonly protocol: Protocol;
  /** Of an AI SDK provider, e.g. "@ai-sdk/mistral"; null for the other protocols. */
  readonly packageName: string | null;
  readonly modelId: string;
  /** Without a slash at its end; null for a package that knows its own. */
  readonly baseUrl: string | null;
  /** The environment variable that holds the key, or null where none is sent, or where a package knows its own. */
  readonly keyEnv: string | null;
  readonly entry: ModelEntry | undefined;
}

/** A model in this process: `nexa:bench-science`, `nexa:verifier`, a student's checkpoint folder, or a judge's module. */
export interface LocalName {
  readonly kind: "local";
  readonly modelId: string;
}

/** The models that are part of this package. */
const localModelNames = ["nexa:bench-science", "nexa:verifier"] as const;

const knownForms =
  "a bare OpenAI name, openai:NAME, openai-responses:NAME, anthropic:NAME, google:NAME, openai-compatible:NAME, a name under `models:` in nexa.yaml, nexa:bench-science, nexa:verifier, student:FOLDER or program:MODULE";

const providerDefaults = { anthropic: anthropicDefaults, google: googleDefaults } as const;

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
  if ((prefix === "student" || prefix === "program") && entry?.base_url === undefined)
    return { kind: "local", modelId: name };
  if (prefix === "nexa" && entry?.base_url === undefined) {
    if (!localModelNames.some((local) => local === name)) throw unknownLocal(name);
    return { kind: "local", modelId: name };
  }
  const provider = entry?.provider ?? providerOf(prefix) ?? (entry?.base_url === undefined ? null : "openai");
  if (provider === null) throw unknownProvider(name, prefix ?? "");
  return remoteName(name, { provider, modelId: entry?.model ?? rest, entry, env });
}

function ownEntry(models: ModelEntries, name: string): ModelEntry | undefined {
  return Object.hasOwn(models, name) ? models[name] : undefined;
}

/** The provider that a name says by itself; null where its prefix is none. */
function providerOf(prefix: string | null): string | null {
  if (prefix === null) return "openai";
  return isKnownProtocol(prefix) || /^@[^/]+\/[^/]+$/.test(prefix) ? prefix : null;
}

function isKnownProtocol(provider: string): provider is (typeof knownProtocols)[number] {
  return knownProtocols.some((known) => known === provider);
}

interface RemoteNameOptions {
  readonly provider: string;
  readonly modelId: string;
  readonly entry: ModelEntry | undefined;
  readonly env: Environment;
}

function remoteName(name: string, { provider, modelId, entry, env }: RemoteNameOptions): RemoteName {
  if (!isKnownProtocol(provider)) {
    const baseUrl = entry?.base_url === undefined ? null : normalizeBaseUrl(entry.base_url, { versionPath: "" });
    const keyEnv = entry?.api_key_env ?? null;
    return { kind: "remote", protocol: "package", packageName: provider, modelId, baseUrl, keyEnv, entry };
  }
  const defaults = provider === "anthropic" || provider === "google" ? providerDefaults[provider] : openaiDefaults;
  if (provider === "openai-compatible" && entry?.base_url === undefined && (env.OPENAI_BASE_URL?.trim() ?? "") === "") {
    throw noAddress(name, modelId);
  }
  const { baseUrl, keyEnv } = addressOf({ entry, env, defaults });
  return {
    kind: "remote",
    // Others copy OpenAI's chat completions, not all that its own package makes of them.
    protocol: provider === "openai" && !isOwnEndpoint(baseUrl, openaiDefaults) ? "openai-compatible" : provider,
    packageName: null,
    modelId,
    baseUrl,
    keyEnv,
    entry,
  };
}

/** The provider's key goes to the provider, and to an address that stands beside it in the environment; to others only by name. */
function addressOf(options: { entry: ModelEntry | undefined; env: Environment; defaults: ProviderDefaults }) {
  const { entry, env, defaults } = options;
  if (entry?.base_url === undefined) {
    return { baseUrl: baseUrlFrom(env, defaults), keyEnv: entry?.api_key_env ?? keyEnvFrom(env, defaults) };
  }
  const baseUrl = normalizeBaseUrl(entry.base_url, defaults);
  const ownKey = isOwnEndpoint(baseUrl, defaults) ? keyEnvFrom(env, defaults) : null;
  return { baseUrl, keyEnv: entry.api_key_env ?? ownKey };
}

function noAddress(name: string, modelId: string): UsageError {
  return new UsageError(`The model ${name} has no server address`, {
    code: "no_base_url",
    hint: `Give it one in nexa.yaml, for example: models: {${modelId}: {base_url: "http://127.0.0.1:8000/v1"}} (or set OPENAI_BASE_URL).`,
  });
}

function unknownLocal(name: string): UsageError {
  return new UsageError(`There is no model \`${name}\` that answers`, {
    code: "unknown_model",
    hint: `Here are: ${localModelNames.join(", ")}. A trained student is student:FOLDER, with its checkpoint's folder.`,
  });
}

function unknownProvider(name: string, prefix: string): UsageError {
  const meant = nearest(prefix, [...knownProtocols, "nexa", "student", "program"]);
  return new UsageError(`Unknown provider: \`${prefix}:\` in the model \`${name}\``, {
    code: "unknown_provider",
    hint: `${meant === undefined ? "" : `Did you mean \`${meant}:\`? `}A model is ${knownForms}. Servers that speak OpenAI's protocol are openai-compatible; another provider has an AI SDK package, named as \`provider\` under \`models:\`.`,
  });
}
