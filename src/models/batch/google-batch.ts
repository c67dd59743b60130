import { createGoogle } from "@ai-sdk/google";
import type { BatchApi } from "../batch-api.ts";
import type { RemoteConnection } from "../remote-connection.ts";
import { mostHeldBytes } from "./limits.ts";
import { createSdkBatchApi } from "./sdk-batch.ts";

/** Google says no number; more lines than this make results that are long to read again. */
const mostLines = 50_000;

/**
 * Google's batches. Their display name, which the AI SDK ends with an id of ours, carries the intent.
 * @see https://ai.google.dev/gemini-api/docs/batch-api
 */
export function createGoogleBatchApi(connection: RemoteConnection, modelId: string): BatchApi {
  const { baseUrl, apiKey = "none", headers } = connection;
  return createSdkBatchApi({
    connection,
    modelId,
    mostLines,
    mostBytes: mostHeldBytes,
    batchesWith: (settings) =>
      createGoogle({ baseURL: baseUrl, apiKey, headers: { ...headers }, ...settings }).experimental_batch(),
    isResultsUrl: (url) => url.includes(":download"),
    brokenLine: (key) => ({ key }),
    readIntents,
  });
}

interface Operation {
  readonly name?: unknown;
  readonly metadata?: { readonly displayName?: unknown };
}

function readIntents(body: unknown): ReadonlyMap<string, string> {
  const { operations } = (body ?? {}) as { operations?: unknown };
  const all = (Array.isArray(operations) ? operations : [body ?? {}]) as readonly Operation[];
  return new Map(
    all.flatMap(({ name, metadata }): [string, string][] => {
      const intentId = /^ai-sdk-batch-([0-9a-f]{16})$/.exec(String(metadata?.displayName ?? ""))?.[1];
      return typeof name === "string" && intentId !== undefined ? [[name, intentId]] : [];
    }),
  );
}
