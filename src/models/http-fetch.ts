import { type Dispatcher, request } from "undici";
import { dispatcherFor, maxBodyBytes } from "./dispatcher.ts";
import type { Environment } from "./environment.ts";
import { type HeaderEntries, lightResponse } from "./light-response.ts";
import { createRedactor, type Redactor } from "./redact.ts";

export interface HttpFetchOptions {
  readonly baseUrl: string;
  readonly env: Environment;
  /** Taken out of everything that the server says. */
  readonly secrets: readonly string[];
}

/**
 * A `fetch` for model calls: pooled connections, no retries, no redirects (a key must not travel), no timeouts but the caller's signal.
 * The body is read to its end before the response is handed on, so that a cut one is a network error. Obeys the proxy variables.
 */
export function createHttpFetch({ baseUrl, env, secrets }: HttpFetchOptions): typeof globalThis.fetch {
  const dispatcher = dispatcherFor({ baseUrl, env, maxResponseBytes: maxBodyBytes });
  const redactor = createRedactor(secrets);
  const fetchLight = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { statusCode, headers, body } = await request(input instanceof Request ? input.url : input, {
      dispatcher,
      method: (init.method ?? "GET") as Dispatcher.HttpMethod,
      headers: init.headers as Record<string, string>,
      body: (init.body ?? null) as string | null,
      signal: init.signal ?? null,
    });
    const bytes = redactor.bytes(await body.bytes());
    return lightResponse({ status: statusCode, headers: cleanHeaders(headers, redactor), bytes });
  };
  return fetchLight as typeof globalThis.fetch;
}

/** A fetch that says which Response is its own, as the official SDKs' check of form data wants it. */
export type SdkFetch = typeof globalThis.fetch & { readonly Response: typeof globalThis.Response };

/**
 * A `fetch` for whole files: any body that the global fetch takes (forms, blobs, streams), and a real Response whose body streams. What
 * is sent is read into memory first. As createHttpFetch: no retries, no redirects, the proxy variables obeyed; a refusal comes without
 * the secrets, a 2xx body as it is.
 */
export function createSdkFetch(options: HttpFetchOptions): SdkFetch {
  return wholeFetch({ ...options, isStreamed: true });
}

/** A `fetch` for packages that are not ours, which may read any part of a Response; otherwise as createHttpFetch. */
export function createPackageFetch(options: HttpFetchOptions): typeof globalThis.fetch {
  return wholeFetch({ ...options, isStreamed: false });
}

function wholeFetch({ baseUrl, env, secrets, isStreamed }: HttpFetchOptions & { isStreamed: boolean }): SdkFetch {
  const dispatcher = dispatcherFor({ baseUrl, env, maxResponseBytes: isStreamed ? null : maxBodyBytes });
  const redactor = createRedactor(secrets);
  const fetchWhole = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const whole = new Request(input, withDuplex(init));
    const sent = whole.body === null ? null : new Uint8Array(await whole.arrayBuffer());
    const { statusCode, headers, body } = await request(whole.url, {
      dispatcher,
      method: whole.method as Dispatcher.HttpMethod,
      headers: Object.fromEntries(whole.headers),
      body: sent,
      signal: whole.signal,
    });
    const received = isStreamed && statusCode < 300 ? body : redactor.bytes(await body.bytes());
    const isBodiless = [101, 204, 205, 304].includes(statusCode);
    if (isBodiless && received === body) await body.dump();
    return new Response(isBodiless ? null : (received as ConstructorParameters<typeof Response>[0]), {
      status: statusCode,
      headers: cleanHeaders(headers, redactor).map(([name, value]) => [name, value]),
    });
  };
  return Object.assign(fetchWhole as typeof globalThis.fetch, { Response: globalThis.Response });
}

/** A Request whose body is a stream wants to be told that it is. */
function withDuplex(init: RequestInit | undefined): RequestInit | undefined {
  return init?.body === undefined || init.body === null ? init : { ...init, duplex: "half" };
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

function cleanHeaders(headers: RawHeaders, redactor: Redactor): HeaderEntries {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    return [[name.toLowerCase(), redactor.text(Array.isArray(value) ? value.join(", ") : value)]];
  });
}
