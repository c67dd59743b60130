import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { UsageError } from "../core/index.ts";
import type { Environment } from "./environment.ts";
import { isLoopbackUrl } from "./private-address.ts";

/** Longest answer body that is read, in bytes; the longest real ones have a few MB. */
export const maxBodyBytes = 64 * 1024 * 1024;

const dispatchers = new Map<string, Dispatcher>();

export interface DispatcherOptions {
  readonly baseUrl: string;
  readonly env: Environment;
  /** Longest body of an answer; null for any. */
  readonly maxResponseBytes: number | null;
}

/**
 * Connections to a server, shared by all who ask for the same. Obeys HTTPS_PROXY, HTTP_PROXY and NO_PROXY (and their lower-case forms,
 * which come first); loopback never goes through a proxy. No timeouts but that of connecting.
 * @throws UsageError (exit 2) for a proxy that is not a web address.
 */
export function dispatcherFor({ baseUrl, env, maxResponseBytes }: DispatcherOptions): Dispatcher {
  const proxy = isLoopbackUrl(baseUrl) ? null : readProxy(env);
  const key = JSON.stringify([proxy, maxResponseBytes]);
  const known = dispatchers.get(key);
  if (known !== undefined) return known;
  const settings = {
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    maxResponseSize: maxResponseBytes ?? -1,
    connect: { timeout: 15_000 },
  };
  const made = proxy === null ? new Agent(settings) : new EnvHttpProxyAgent({ ...settings, ...proxy });
  dispatchers.set(key, made);
  return made;
}

interface ProxySettings {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

function readProxy(env: Environment): ProxySettings | null {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const httpProxy = readProxyUrl("HTTP_PROXY", read("HTTP_PROXY"));
  const httpsProxy = readProxyUrl("HTTPS_PROXY", read("HTTPS_PROXY"));
  if (httpProxy === undefined && httpsProxy === undefined) return null;
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: read("NO_PROXY") ?? "",
  };
}

/** The message does not quote it, as a proxy's address may hold a password. */
function readProxyUrl(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (URL.canParse(value) && /^(?:https?|socks5?):$/.test(new URL(value).protocol)) return value;
  throw new UsageError(`${name} is not a proxy's address`, {
    code: "bad_proxy",
    hint: "For example: http://proxy.example.com:3128. Or unset it, or name the server in NO_PROXY.",
  });
}
