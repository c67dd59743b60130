import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import type { Environment } from "./model-name.ts";
import { isLoopbackUrl } from "./private-address.ts";

/** Longest answer body that is read, in bytes; the longest real ones have a few MB. */
const maxBodyBytes = 64 * 1024 * 1024;

const agents = new Map<string, Dispatcher>();

export interface HttpFetchOptions {
  readonly baseUrl: string;
  readonly env: Environment;
  readonly apiKey?: string | undefined;
}

/**
 * A `fetch` for model calls: pooled connections, no retries, no redirects (a key must not travel), no timeouts but the caller's signal.
 * The body is read to its end before the response is handed on, so that a cut one is a network error. Obeys HTTPS_PROXY, HTTP_PROXY
 * and NO_PROXY; loopback never goes through a proxy. A refusal that quotes the key comes back without it, as it is shown, logged and kept.
 */
export function createHttpFetch({ baseUrl, env, apiKey }: HttpFetchOptions): typeof globalThis.fetch {
  const dispatcher = agentFor(isLoopbackUrl(baseUrl) ? null : proxySettings(env));
  const fetchLight = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = input instanceof Request ? input.url : input;
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      method: (init.method ?? "GET") as Dispatcher.HttpMethod,
      headers: init.headers as Record<string, string>,
      body: (init.body ?? null) as string | null,
      signal: init.signal ?? null,
    });
    const bytes = await body.bytes();
    return lightResponse({ status: statusCode, headers, bytes: statusCode < 300 ? bytes : withoutKey(bytes, apiKey) });
  };
  return fetchLight as typeof globalThis.fetch;
}

/** A shorter key is a word such as "none" or "EMPTY", for servers that want any. */
const shortestKey = 8;

function withoutKey(bytes: Uint8Array, apiKey: string | undefined): Uint8Array {
  if (apiKey === undefined || apiKey.length < shortestKey) return bytes;
  return Buffer.from(Buffer.from(bytes).toString("utf8").replaceAll(apiKey, "[key]"));
}

interface ProxySettings {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

function proxySettings(env: Environment): ProxySettings | null {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const httpProxy = read("HTTP_PROXY");
  const httpsProxy = read("HTTPS_PROXY");
  if (httpProxy === undefined && httpsProxy === undefined) return null;
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: read("NO_PROXY") ?? "",
  };
}

function agentFor(proxy: ProxySettings | null): Dispatcher {
  const key = JSON.stringify(proxy);
  const known = agents.get(key);
  if (known !== undefined) return known;
  const settings = {
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    maxResponseSize: maxBodyBytes,
    connect: { timeout: 15_000 },
  };
  const agent = proxy === null ? new Agent(settings) : new EnvHttpProxyAgent({ ...settings, ...proxy });
  agents.set(key, agent);
  return agent;
}

interface LightResponseParts {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Uint8Array;
}

/** The part of a Response that the AI SDK reads; a whole one costs a fifth of a call's processor time. */
function lightResponse({ status, headers, bytes }: LightResponseParts): Response {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]],
  );
  const byName = new Map(entries);
  const response = {
    status,
    ok: status >= 200 && status < 300,
    statusText: `HTTP ${status}`,
    headers: {
      get: (name: string) => byName.get(name.toLowerCase()) ?? null,
      [Symbol.iterator]: () => byName[Symbol.iterator](),
    },
    body: wholeBody(bytes),
  };
  return response as unknown as Response;
}

/** A stream of one chunk, as far as a reader of it can tell. */
function wholeBody(bytes: Uint8Array) {
  let isRead = bytes.byteLength === 0;
  return {
    cancel: async () => undefined,
    getReader: () => ({
      async read() {
        if (isRead) return { done: true, value: undefined };
        isRead = true;
        return { done: false, value: bytes };
      },
      cancel: async () => undefined,
      releaseLock: () => undefined,
    }),
  };
}
