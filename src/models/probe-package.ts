import { type LanguageModelV4, LoadAPIKeyError, LoadSettingError } from "@ai-sdk/provider";
import { UsageError } from "../core/index.ts";
import { secretHeaders } from "./redact.ts";

/** What a package would send, as far as it goes through our fetch. */
export interface PackageProbe {
  /** Where the call would go; null where the package does not use the fetch that it is given. */
  readonly url: string | null;
  /** Values that must not be shown: what it sends in headers such as `authorization`. */
  readonly secrets: readonly string[];
}

/**
 * Lets a package make one request that is not sent, to learn its server's address and the key that it finds by itself. The signal is
 * aborted beforehand, so that a package with a way of its own to its server does not go it.
 * @throws UsageError (exit 2) for a key or a setting that the package misses.
 */
export async function probePackage(
  name: string,
  modelWith: (fetch: typeof globalThis.fetch) => LanguageModelV4,
): Promise<PackageProbe> {
  let seen: PackageProbe = { url: null, secrets: [] };
  const capture = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const headers = Object.fromEntries(new Headers(init?.headers));
    seen = { url: input instanceof Request ? input.url : String(input), secrets: secretHeaders(headers) };
    throw new DOMException("Not sent", "AbortError");
  };
  try {
    await modelWith(capture as typeof globalThis.fetch).doGenerate({
      prompt: [{ role: "user", content: [{ type: "text", text: "." }] }],
      maxOutputTokens: 1,
      abortSignal: AbortSignal.abort(),
    });
  } catch (error) {
    if (LoadAPIKeyError.isInstance(error) || LoadSettingError.isInstance(error)) {
      throw new UsageError(`${name}: ${error.message}`, {
        code: "no_key",
        hint: "Set that variable, or name another one with `api_key_env` in the model's entry under `models:` in nexa.yaml.",
      });
    }
  }
  return seen;
}
