import type { RemoteConnection } from "./remote-connection.ts";

/** Longest wait for a list, which is only asked for to help with an error. */
const waitMs = 8_000;

/** The models that a server says it has, in its order; throws where it does not answer with a list. */
export async function listModels(
  connection: Pick<RemoteConnection, "protocol" | "baseUrl" | "apiKey" | "headers" | "fetch">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { protocol, baseUrl, fetch } = connection;
  const response = await fetch(`${baseUrl}/models${pageQuery(protocol)}`, {
    headers: headersFor(connection),
    signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs)]),
  });
  if (!response.ok) throw new Error(`The list of models came with HTTP ${response.status}`);
  const names = namesIn(JSON.parse(await readText(response)));
  if (names.length === 0) throw new Error("The list of models is empty or none");
  return names;
}

/** A base URL near the configured one that has a list of models where that one has none; null where there is no such. */
export async function findBaseUrl(
  connection: Pick<RemoteConnection, "protocol" | "baseUrl" | "apiKey" | "headers" | "fetch">,
  signal: AbortSignal,
): Promise<string | null> {
  const { origin } = new URL(connection.baseUrl);
  const version = connection.protocol === "google" ? "/v1beta" : "/v1";
  const withoutCall = connection.baseUrl.replace(/\/(?:chat\/completions|completions|responses|messages|models)$/, "");
  const candidates = [withoutCall, `${withoutCall}${version}`, `${origin}${version}`, `${origin}/api${version}`];
  for (const baseUrl of [connection.baseUrl, ...new Set(candidates)]) {
    const hasList = await listModels({ ...connection, baseUrl }, signal).then(
      () => true,
      () => false,
    );
    if (hasList) return baseUrl === connection.baseUrl ? null : baseUrl;
  }
  return null;
}

function pageQuery(protocol: RemoteConnection["protocol"]): string {
  if (protocol === "anthropic") return "?limit=1000";
  return protocol === "google" ? "?pageSize=1000" : "";
}

function headersFor({ protocol, apiKey, headers }: Pick<RemoteConnection, "protocol" | "apiKey" | "headers">) {
  switch (protocol) {
    case "anthropic":
      return {
        "anthropic-version": "2023-06-01",
        ...(apiKey === undefined ? {} : { "x-api-key": apiKey }),
        ...headers,
      };
    case "google":
      return { ...(apiKey === undefined ? {} : { "x-goog-api-key": apiKey }), ...headers };
    default:
      return { ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }), ...headers };
  }
}

/** `{data: [{id}]}` as OpenAI and Anthropic write it, or Google's `{models: [{name: "models/..."}]}`. */
function namesIn(list: unknown): string[] {
  const { data, models } = (list ?? {}) as { data?: unknown; models?: unknown };
  const rows = [data, models].find(Array.isArray) ?? (Array.isArray(list) ? list : []);
  return rows.flatMap((row: { id?: unknown; name?: unknown } | null) => {
    const name = row?.id ?? row?.name;
    return typeof name === "string" ? [name.replace(/^models\//, "")] : [];
  });
}

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    if (part.value !== undefined) chunks.push(part.value);
  }
  return Buffer.concat(chunks).toString("utf8");
}
