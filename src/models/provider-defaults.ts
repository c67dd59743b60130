import { UsageError } from "../core/index.ts";
import type { Environment } from "./environment.ts";

/** A provider that this package knows by itself. */
export interface ProviderDefaults {
  /** Of the provider's own endpoint, with the version. */
  readonly baseUrl: string;
  /** The variable that gives another address. */
  readonly baseUrlEnv: string;
  /** What is added to an address without a path, as the provider's own tools take it so; empty for nothing. */
  readonly versionPath: string;
  /** The variables that may hold the key; the first one that is set counts. */
  readonly keyEnvs: readonly [string, ...string[]];
}

export const openaiDefaults: ProviderDefaults = {
  baseUrl: "https://api.openai.com/v1",
  baseUrlEnv: "OPENAI_BASE_URL",
  versionPath: "",
  keyEnvs: ["OPENAI_API_KEY"],
};

export const anthropicDefaults: ProviderDefaults = {
  baseUrl: "https://api.anthropic.com/v1",
  baseUrlEnv: "ANTHROPIC_BASE_URL",
  versionPath: "/v1",
  keyEnvs: ["ANTHROPIC_API_KEY"],
};

export const googleDefaults: ProviderDefaults = {
  baseUrl: "https://generativelanguage.googleapis.com/v1beta",
  baseUrlEnv: "GOOGLE_GEMINI_BASE_URL",
  versionPath: "/v1beta",
  keyEnvs: ["GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"],
};

/** Whether an address is the provider's own endpoint, which alone may be given the provider's key unasked. */
export function isOwnEndpoint(baseUrl: string, defaults: ProviderDefaults): boolean {
  return new URL(baseUrl).hostname.endsWith(new URL(defaults.baseUrl).hostname);
}

/** Without a slash at its end, and with the version where the address has no path and the provider's tools add it. */
export function normalizeBaseUrl(url: string, { versionPath }: Pick<ProviderDefaults, "versionPath">): string {
  const trimmed = url.replace(/\/+$/, "");
  return new URL(trimmed).pathname === "/" ? `${trimmed}${versionPath}` : trimmed;
}

/**
 * The address that the environment gives, or the provider's own.
 * @throws UsageError (exit 2) for one that is no web address; not quoted, as a key may stand there by mistake.
 */
export function baseUrlFrom(env: Environment, defaults: ProviderDefaults): string {
  const url = env[defaults.baseUrlEnv]?.trim() ?? "";
  if (url === "") return defaults.baseUrl;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return normalizeBaseUrl(url, defaults);
  throw new UsageError(`${defaults.baseUrlEnv} is not a web address`, {
    code: "bad_base_url",
    hint: `For example: ${defaults.baseUrl}`,
  });
}

/** The variable that holds the key: the first that is set, or else the first. */
export function keyEnvFrom(env: Environment, { keyEnvs }: ProviderDefaults): string {
  return keyEnvs.find((name) => (env[name]?.trim() ?? "") !== "") ?? keyEnvs[0];
}
