import { UsageError } from "../core/index.ts";
import { readConfigHeaders } from "./config-headers.ts";
import { keyFrom } from "./describe-model.ts";
import type { Environment } from "./environment.ts";
import { createHttpFetch, createPackageFetch, createSdkFetch, type HttpFetchOptions } from "./http-fetch.ts";
import { loadProvider } from "./load-provider.ts";
import type { RemoteName } from "./model-name.ts";
import { probePackage } from "./probe-package.ts";
import { createRedactor } from "./redact.ts";
import type { RemoteConnection } from "./remote-connection.ts";

export interface ConnectOptions {
  readonly parsed: RemoteName;
  readonly env: Environment;
  /** Where a package that is not ours is looked for first. */
  readonly projectDir: string;
}

/**
 * Loads what it takes to speak with a model's server; nothing is sent yet.
 * @throws UsageError (exit 2) for a package that cannot be used, or a key that cannot be one.
 */
export async function connect({ parsed, env, projectDir }: ConnectOptions): Promise<RemoteConnection> {
  const { protocol, modelId, keyEnv, entry } = parsed;
  const apiKey = keyFrom(env, keyEnv);
  if (apiKey !== undefined) checkHeaderText(apiKey, `${keyEnv} holds`);
  const { headers, secrets: headerSecrets } = readConfigHeaders(entry?.headers ?? {}, env);
  for (const [name, value] of Object.entries(headers))
    checkHeaderText(value, `The header ${name} under \`models:\` holds`);
  const languageModelWith = await loadProvider({ parsed, apiKey, headers, projectDir });
  const probe = protocol === "package" ? await probePackage(parsed.packageName ?? "", languageModelWith) : null;
  const baseUrl = parsed.baseUrl ?? (probe?.url == null ? "" : new URL(probe.url).origin);
  const secrets = [...(apiKey === undefined ? [] : [apiKey]), ...headerSecrets, ...(probe?.secrets ?? [])];
  const options: HttpFetchOptions = { baseUrl: baseUrl === "" ? "https://unknown.invalid" : baseUrl, env, secrets };
  const fetch = protocol === "package" ? createPackageFetch(options) : createHttpFetch(options);
  return {
    protocol,
    modelId,
    baseUrl,
    apiKey,
    headers,
    fetch,
    redactor: createRedactor(secrets),
    sdkFetch: createSdkFetch(options),
    languageModelWith,
  };
}

/** The error that a header's own check would throw quotes the value. */
function checkHeaderText(value: string, subject: string): void {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return;
  throw new UsageError(`${subject} a character that no header can have, such as a line break`, {
    code: "bad_key",
    hint: "Set it again, without quotes, spaces or line breaks around it.",
  });
}
